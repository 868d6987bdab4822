/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <time.h>

#include "base/interrupt.h"

static int64_t *clock_fake;

void clock_set_fake(int64_t *now_ms)
{
	clock_fake = now_ms;
}

int64_t clock_now_us(void)
{
	struct timespec now;

	if (clock_fake)
		return *clock_fake * 1000;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_ms(void)
{
	return clock_now_us() / 1000;
}

struct deadline deadline_in(int timeout_ms)
{
	return (struct deadline){ timeout_ms < 0 ? INT64_MAX : clock_now_ms() + timeout_ms };
}

int deadline_left_ms(struct deadline d)
{
	if (d.at_ms == INT64_MAX)
		return INT_MAX;

	int64_t left = d.at_ms - clock_now_ms();

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

bool deadline_passed(struct deadline d)
{
	return deadline_left_ms(d) == 0;
}

struct err *clock_pause(int ms)
{
	TRY(interrupt_check());
	if (clock_fake) {
		*clock_fake += ms;
		return NULL;
	}

	struct deadline d = deadline_in(ms);
	int left;

	/* Another signal may cut the poll short; only an interrupt ends the wait. */
	while ((left = deadline_left_ms(d)) > 0) {
		struct pollfd p = { .fd = interrupt_fd(), .events = POLLIN };

		poll(&p, 1, left);
		TRY(interrupt_check());
	}
	return NULL;
}

struct err *retry_until(struct deadline d, int pause_ms, const char *what, struct err *(*step)(void *data, bool *done),
			void *data)
{
	int longest = pause_ms > INT_MAX / 16 ? INT_MAX : pause_ms * 16;

	for (int pause = pause_ms > 0 ? pause_ms : 1;;) {
		bool done = false;
		int left;

		TRY(interrupt_check());
		TRY(step(data, &done));
		if (done)
			return NULL;
		left = deadline_left_ms(d);
		if (!left)
			return err_new(ERR_TIMEOUT, "timed out waiting for '%s'", what);
		TRY(clock_pause(pause < left ? pause : left));
		if (pause <= longest / 2)
			pause *= 2;
	}
}

struct err *retry_reason(struct err *e, struct err *last)
{
	struct err *dropped = e && e->code == ERR_TIMEOUT && last ? e : last;

	if (dropped == e)
		e = last;
	err_free(dropped);
	return e;
}
