/* SPDX-License-Identifier: Apache-2.0 */
/* The one thread that owns services and answers: descriptors to watch, calls from other threads. */
#ifndef GUEST_INIT_LOOP_H
#define GUEST_INIT_LOOP_H

#include <stdbool.h>

typedef void (*loop_ready_fn)(int fd, void *data);

void loop_init(void);

/* Call ready(fd, data) in the loop whenever fd can be read or its peer is gone. False when there is
 * no room. */
bool loop_watch(int fd, loop_ready_fn ready, void *data);
void loop_unwatch(int fd);

/* From any thread: have fn(arg) called in the loop. */
void loop_call(void (*fn)(void *), void *arg);

/* Handle what is ready, waiting at most timeout_ms (-1: for ever). */
void loop_turn(int timeout_ms);

#endif
