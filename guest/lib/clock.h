/* SPDX-License-Identifier: Apache-2.0 */
/* Time since the kernel was entered; it does not jump when the wall clock is set. */
#ifndef GUEST_LIB_CLOCK_H
#define GUEST_LIB_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Milliseconds left until `deadline`, never negative: fit for poll(). */
static inline int clock_left(int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

#endif
