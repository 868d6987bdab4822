/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/clock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* In the year 2242: the timer itself is to end never. */
#define FAR_S 0x1ffffffff

/* The kernel cancels the timer at each jump of the clock, which makes it readable (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). */
static void clock_watch_arm(int fd)
{
	const struct itimerspec far = { .it_value = { .tv_sec = FAR_S } };

	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

struct err *clock_watch_open(int *ret_fd)
{
	*ret_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (*ret_fd < 0)
		return err_errno(ERR_FAILED, "cannot watch the clock");
	clock_watch_arm(*ret_fd);
	return NULL;
}

bool clock_watch_jumped(int fd)
{
	uint64_t ticks;

	if (read(fd, &ticks, sizeof(ticks)) < 0 && errno != ECANCELED)
		return false;
	clock_watch_arm(fd);
	return true;
}
