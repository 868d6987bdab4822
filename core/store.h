/* SPDX-License-Identifier: Apache-2.0 */
/* The store: names, folders and locks of machines. No path is made of a name that was not checked. */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include <stdbool.h>

#include "base/list.h"
#include "core/core.h"

#define STORE_NAME_MAX 64 /* of a new machine */
#define STORE_NAME_LONGEST                                                                                             \
	240 /* of one that docker-machine made: what its folder, while it goes, and its lock may be called */

/*
 * Letters, digits, dots and dashes, a letter or digit first, at most STORE_NAME_MAX characters. ERR_USAGE otherwise,
 * in docker-machine's words.
 */
struct err *store_check_name(const char *name) MUST_USE;

/* <store>/machines/NAME; the caller frees. The name must have been checked. */
char *store_machine_dir(const struct core *c, const char *name);
bool store_has(const struct core *c, const char *name);

/* Did a killed process leave hidden remains of a machine of that name? Taking its lock clears them. Any name will do. */
bool store_has_left(const struct core *c, const char *name);

/* Names of all machines, sorted bytewise: every folder that does not begin with a dot. */
struct err *store_list(const struct core *c, struct list *ret) MUST_USE;

/* docker-machine's error for a name that is not in the store. */
struct err *store_unknown(const struct core *c, const char *name) MUST_USE;
/* NULL when the machine is there, store_unknown when not, ERR_FAILED when nobody lets us look. Any name will do. */
struct err *store_need(const struct core *c, const char *name) MUST_USE;

/*
 * The lock that everybody who changes a machine holds. verb ("create") and our pid are written into it for the error
 * of others: ERR_WRONG_STATE "machine 'x' is busy: 'create' (process 12) works on it". Waits up to timeout_ms.
 * With it goes what killed processes left of a machine of that name. For "stop", "kill" and "rm" no byte need be free.
 */
struct store_lock {
	int fd;
	char *path;
};
struct err *store_lock(const struct core *c, const char *name, const char *verb, int timeout_ms,
		       struct store_lock *ret) MUST_USE;
/* Release and remove the lock file: nothing is left of it. */
void store_unlock(struct store_lock *l);
#define auto_lock __attribute__((cleanup(store_unlock))) struct store_lock
#define STORE_LOCK_INIT                                                                                                \
	{                                                                                                              \
		-1, NULL                                                                                               \
	}
/* Does the process of this host have it open? A store on another host, or of another container, has other processes. */
bool store_lock_is_held_by(const struct core *c, const char *name, int pid);
/* Does it work on several machines? */
bool store_owner_has_others(const struct core *c, int pid);
/* Process that holds the lock of a machine, 0 when nobody does. */
int store_lock_owner(const struct core *c, const char *name);

/* Take a machine's folder out of the store: renamed to a dot-name first, so that it is there whole or not at all. */
struct err *store_remove_dir(const struct core *c, const char *name) MUST_USE;
/* Remove the dot-named folders and the lock files that a process left which was killed. */
struct err *store_prune(const struct core *c) MUST_USE;

#endif
