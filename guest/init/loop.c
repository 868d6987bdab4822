/* SPDX-License-Identifier: Apache-2.0 */
#include "init/loop.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LOOP_WATCHES 64

struct call {
	void (*fn)(void *);
	void *arg;
};

static struct {
	int fd;
	loop_ready_fn ready;
	void *data;
} watches[LOOP_WATCHES];

static int loop_epoll = -1;
static int loop_calls[2] = { -1, -1 };

static void loop_take_call(int fd, void *data)
{
	struct call c;

	(void)data;
	/* A call is smaller than PIPE_BUF: pipes carry it whole. */
	while (read(fd, &c, sizeof(c)) == (ssize_t)sizeof(c))
		c.fn(c.arg);
}

void loop_init(void)
{
	loop_epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < LOOP_WATCHES; i++)
		watches[i].fd = -1;
	if (pipe2(loop_calls, O_CLOEXEC) == 0) {
		fcntl(loop_calls[0], F_SETFL, O_NONBLOCK);
		loop_watch(loop_calls[0], loop_take_call, NULL);
	}
}

bool loop_watch(int fd, loop_ready_fn ready, void *data)
{
	for (int i = 0; i < LOOP_WATCHES; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.u32 = (uint32_t)i };

		if (watches[i].fd >= 0)
			continue;
		if (epoll_ctl(loop_epoll, EPOLL_CTL_ADD, fd, &e) != 0)
			return false;
		watches[i].fd = fd;
		watches[i].ready = ready;
		watches[i].data = data;
		return true;
	}
	return false;
}

void loop_unwatch(int fd)
{
	for (int i = 0; i < LOOP_WATCHES; i++) {
		if (watches[i].fd == fd) {
			epoll_ctl(loop_epoll, EPOLL_CTL_DEL, fd, NULL);
			watches[i].fd = -1;
		}
	}
}

void loop_call(void (*fn)(void *), void *arg)
{
	struct call c = { .fn = fn, .arg = arg };

	if (write(loop_calls[1], &c, sizeof(c)) < 0)
		return; /* cannot happen while the pipe is there */
}

void loop_turn(int timeout_ms)
{
	struct epoll_event events[8];
	int n = epoll_wait(loop_epoll, events, 8, timeout_ms);

	for (int i = 0; i < n; i++) {
		uint32_t w = events[i].data.u32;

		/* An earlier callback of this turn may have ended this watch. */
		if (watches[w].fd >= 0)
			watches[w].ready(watches[w].fd, watches[w].data);
	}
}
