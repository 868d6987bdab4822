/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU as a child of its keeper: its sockets, its start, its last words, its death. */
#ifndef DRIVERS_QEMU_KEEP_CHILD_H
#define DRIVERS_QEMU_KEEP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "drivers/qemu/order.h"

/* What QEMU and its keeper share: a socket each. */
enum keep_socket {
	KEEP_QMP,
	KEEP_AGENT,
	KEEP_CONSOLE,
	KEEP_SOCKETS
};

struct keep_child {
	pid_t pid;    /* 0: none */
	int status;   /* of waitpid, once it has ended */
	int error_fd; /* its stderr; -1: closed */
	char error_tail[2048];
	size_t error_len, log_len;
};

#define KEEP_CHILD_NONE                                                                                                \
	{                                                                                                              \
		.error_fd = -1                                                                                         \
	}

/*
 * Start QEMU. ours: our ends of its sockets, the caller's to close; lock_fd: goes with QEMU, so that the lock is held until
 * both are gone. ERR_FAILED with a hint when a port of the machine's own is taken.
 */
struct err *keep_child_run(struct keep_child *c, const struct qemu_order *o, int lock_fd,
			   int ours[KEEP_SOCKETS]) MUST_USE;
/* Read of its stderr what is there, into our log; false: nothing more for now. */
bool keep_child_read(struct keep_child *c);
/* After SIGCHLD: has it ended? */
bool keep_child_has_ended(struct keep_child *c);

/* Why it ended: known says so, or it is told by its status and last words. The caller frees. */
char *keep_child_reason(const struct keep_child *c, const char *known);
/* The same for a start that failed, with the cure where one is known. */
struct err *keep_child_error(const struct keep_child *c, const char *known) MUST_USE;
/* The note of its end in the machine's folder. */
void keep_child_note_end(const struct keep_child *c, const char *dir, bool clean, const char *reason);

#endif
