/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/passwd and /etc/group, without the C library's plug-ins, which a static program cannot load.
 */
#ifndef GUEST_INIT_ACCOUNT_H
#define GUEST_INIT_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

struct account {
	uid_t uid;
	gid_t gid;
	char home[128];
};

/* Pure: the line "name:x:UID:GID:comment:HOME:shell" of `name` in text. */
bool account_parse(const char *text, const char *name, struct account *ret);

bool account_find(const char *name, struct account *ret);

#endif
