/* SPDX-License-Identifier: Apache-2.0 */
/* For the poll loops of base: a descriptor that becomes readable when the user interrupts. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Readable from the first signal on, for every thread that polls it; never read from it. -1, which poll ignores, when
 * no handler is installed or the calling thread holds interrupts off.
 */
int interrupt_fd(void);

/* Whoever started us had SIGPIPE ignored: a broken pipe is an error to be told then. */
bool interrupt_pipe_was_ignored(void);

/* In a child before exec: the dispositions and the mask that programs expect. Async-signal-safe. */
void interrupt_reset_child(void);

#endif
