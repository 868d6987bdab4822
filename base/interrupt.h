/* SPDX-License-Identifier: Apache-2.0 */
/* The signals that ask us to end, and how waits learn of them. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdbool.h>

#include "base/err.h"

/* SIGINT, SIGTERM and SIGHUP set a flag that every wait looks at. Second SIGINT ends the process at once. */
void interrupt_install(void);
bool interrupt_pending(void);
struct err *interrupt_check(void) MUST_USE; /* ERR_INTERRUPTED when pending */
void interrupt_hold(bool hold);		    /* while undoing: waits go on although one is pending */

/*
 * For poll loops: readable from the first signal on, for every thread that polls it; never read from it. -1, which poll ignores, when
 * no handler is installed or the calling thread holds interrupts off.
 */
int interrupt_fd(void);

/* Whoever started us had SIGPIPE ignored: a broken pipe is an error to be told then. */
bool interrupt_pipe_was_ignored(void);

/* In a child before exec: the dispositions and the mask that programs expect. Async-signal-safe. */
void interrupt_reset_child(void);

#endif
