/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock file of a process that stands for a machine: whoever holds its lock is the machine. In it stands who that is and how far it is, so
 * that asking for the state costs one read and can never hang.
 */
#ifndef DRIVERS_KEEPER_LOCKFILE_H
#define DRIVERS_KEEPER_LOCKFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct lockfile {
	bool held;
	pid_t pid;	     /* 0: unknown */
	int64_t start_ticks; /* of that process, since boot: a later process with its number has another */
	char phase[16];
};

/* By the owner, about itself. */
void lockfile_write(int fd, const char *phase);
struct lockfile lockfile_read(const char *path);

/*
 * End the owner without asking, if it is still the one who wrote the file; then wait until the lock is free.
 * ERR_WRONG_STATE when it is not: another user's process, say; for root also one that the file's owner merely wrote there.
 */
struct err *lockfile_kill_owner(const char *path, int timeout_ms) MUST_USE;
/* Ask the owner to end, with SIGTERM, and end it without asking when it has not in three seconds. */
struct err *lockfile_end_owner(const char *path) MUST_USE;
/* Wait until the lock is free. */
struct err *lockfile_wait_free(const char *path, int timeout_ms) MUST_USE;

#endif
