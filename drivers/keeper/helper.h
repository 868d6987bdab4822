/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process of a driver's own that outlives the command: `machine __driver NAME WORD MACHINE`. What it has to do comes
 * through a socket, so that nothing of it is seen in a list of processes; it answers there once it is at work.
 */
#ifndef DRIVERS_KEEPER_HELPER_H
#define DRIVERS_KEEPER_HELPER_H

#include <cjson/cJSON.h>

#include "base/err.h"
#include "drivers/link/chan.h"

#define HELPER_FD 3 /* the helper's end of that socket */
#define HELPER_ORDER_MAX (256 * 1024)

struct helper {
	const char *driver, *word, *machine;
	const char *log;     /* takes its stderr; made anew */
	const char *program; /* NULL: this one */
	const char *what;    /* what the wait is for: "QEMU to start" */
};

/*
 * Start it, in a session of its own, and wait for its answer. Its reasons, with hints, come back as errors; then nothing
 * is left running.
 */
struct err *helper_run(const struct helper *h, const cJSON *order, int timeout_ms) MUST_USE;

/* The helper's side: open the socket; read the order; say that it is at work (NULL) or why not. The caller frees *ret. */
void helper_open(struct chan *c);
struct err *helper_read_order(struct chan *c, cJSON **ret) MUST_USE;
/*
 * SIGTERM and SIGCHLD through *ret_fd (the caller closes it), from now on in every thread; those of a terminal and of broken
 * pipes are ignored.
 */
struct err *helper_signals(int *ret_fd) MUST_USE;
/* Of root alone: become the owner of the folder, for good, so that what runs for him is his to end. Nothing to do for others. */
struct err *helper_become_owner(const char *dir) MUST_USE;
void helper_answer(struct chan *c, const struct err *e);

#endif
