/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of this host that a machine mounts (9p): the option HOSTDIR[:GUESTDIR][:ro] of each driver that has it. */
#ifndef DRIVERS_VM_SHARE_H
#define DRIVERS_VM_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/list.h"

struct share {
	char *host_dir;	 /* absolute */
	char *guest_dir; /* absolute */
	bool readonly;
};

struct shares {
	struct share *list;
	size_t n;
};
void shares_release(struct shares *s);

/* Errors name the driver's option ("--qemu-share"). ERR_USAGE also for two that want one folder of the guest. */
struct err *share_parse(const char *driver, const char *text, struct share *ret) MUST_USE;
char *share_text(const struct share *s); /* as share_parse reads it; the caller frees */
void share_release(struct share *s);
struct err *shares_add(const char *driver, struct shares *s, const struct list *texts) MUST_USE;
void shares_texts(const struct shares *s, struct list *ret);

/* Is each a folder that we may read? ERR_PRECHECK. */
struct err *shares_check(const char *driver, const struct shares *s) MUST_USE;
/* "mounts" of the seed's machine.json: the n-th has the tag "share<n>" (docs/guest.md). */
cJSON *shares_mounts(const struct shares *s);

#endif
