/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests of files that are remembered between commands, so that a big file is read once and not at every command.
 * Kept in <state_dir>/digests.json; what is damaged there or lost is computed again.
 */
#ifndef PROVISION_DIGESTS_H
#define PROVISION_DIGESTS_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/err.h"

struct digests {
	const char *state_dir; /* made when missing, 0700 */
	cJSON *known;	       /* path: {"stamp":"...","sha256":"..."} */
	bool changed;
};

void digests_load(struct digests *d);
/*
 * Has the file this digest? The remembered one counts while device, inode, size and times are the same, and only when
 * it agrees: a file is never called damaged without having been read.
 */
struct err *digests_check(struct digests *d, const char *path, const char *want, bool *ret) MUST_USE;
/* Write what is new, without the files that are gone. A failure costs time at the next command and nothing else. */
void digests_save(struct digests *d);
void digests_release(struct digests *d);

#endif
