/* SPDX-License-Identifier: Apache-2.0 */
/* Time: one monotonic clock, one way to wait. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

int64_t clock_now_ms(void); /* monotonic */
int64_t clock_now_us(void); /* monotonic */

/* A point in time to wait until. Negative timeout: never. */
struct deadline {
	int64_t at_ms;
};
struct deadline deadline_in(int timeout_ms);
int deadline_left_ms(struct deadline d); /* 0 when passed; INT_MAX when never */
bool deadline_passed(struct deadline d);

/*
 * Call step(data, &done) until it sets done, fails, or the deadline passes (ERR_TIMEOUT, "timed out waiting for
 * 'what'"). Waits pause_ms between calls, doubling up to 16 times it. Returns ERR_INTERRUPTED after a signal.
 */
struct err *retry_until(struct deadline d, int pause_ms, const char *what, struct err *(*step)(void *data, bool *done),
			void *data) MUST_USE;

/*
 * What to return after retry_until: last, the failure of the last step (NULL: none), in place of an ERR_TIMEOUT, which only
 * says that it took too long; else e. Takes both.
 */
struct err *retry_reason(struct err *e, struct err *last) MUST_USE;

/* Wait without a condition, cut short by an interrupt. Only for retry_until and doubles of time in tests. */
struct err *clock_pause(int ms) MUST_USE;

/* For tests: a clock that they turn; NULL gives the real one back. pause then only turns it. */
void clock_set_fake(int64_t *now_ms);

#endif
