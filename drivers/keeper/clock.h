/* SPDX-License-Identifier: Apache-2.0 */
/* The host's clock was set, or the host slept: a guest's clock did not move along, and somebody has to set it. */
#ifndef DRIVERS_KEEPER_CLOCK_H
#define DRIVERS_KEEPER_CLOCK_H

#include <stdbool.h>

#include "base/err.h"

/* *ret_fd is the caller's to close. It becomes readable when the clock jumps, and never else. */
struct err *clock_watch_open(int *ret_fd) MUST_USE;
/* When it was readable: did the clock jump? Watches on. */
bool clock_watch_jumped(int fd);

#endif
