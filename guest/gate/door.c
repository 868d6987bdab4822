/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/door.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/privilege.h"
#include "gate/sshd.h"
#include "gate/visitor.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/line.h"

#define DOOR_HELD_MS 30000 /* for a greeting */
#define DOOR_HELD 8192	   /* bytes that are kept meanwhile */
#define DOOR_BUFFER 32768
#define DOOR_PAUSE_MS 200 /* who says nothing for so long waits for sshd's greeting, as ssh-keyscan does */
#define DOOR_TOLD (1U << 31)

/* Marks of what is no visitor's. */
#define DOOR_AT_LISTENER UINT64_MAX
#define DOOR_AT_LOG (UINT64_MAX - 1)
#define DOOR_AT_ASKED (UINT64_MAX - 2)

static int door_loop, door_port;
static int door_asked = -1;   /* a connection of our own to sshd, for its greeting alone */
static int64_t door_asked_at; /* when the last one began or ended; 0: there was none */

/*
 * Wait for `events` of one side. That a client is gone is told also with nothing to wait for. That sshd is, is not: it would
 * be told of without end while the rest of what sshd said goes to a slow client.
 */
static void door_watch(struct visitor *v, bool server, uint32_t events)
{
	uint32_t *have = server ? &v->server_events : &v->client_events;
	uint32_t want = events | (server && events == 0 ? 0 : DOOR_TOLD);
	struct epoll_event e = { .events = events, .data.u64 = visitor_mark(v, server) };

	if (*have == want)
		return;
	epoll_ctl(door_loop,
		  *have == 0  ? EPOLL_CTL_ADD
		  : want == 0 ? EPOLL_CTL_DEL
			      : EPOLL_CTL_MOD,
		  server ? v->server : v->client, &e);
	*have = want;
}

static void door_wait(struct visitor *v)
{
	uint32_t client = flow_room(&v->up) > 0 ? EPOLLIN : 0, server = 0;

	if (v->begun && flow_waits(&v->down))
		client |= EPOLLOUT;
	door_watch(v, false, client);
	if (v->server < 0)
		return;
	if (!v->down.ended)
		server = (flow_room(&v->down) > 0 ? EPOLLIN : 0U) | (flow_waits(&v->up) ? EPOLLOUT : 0U);
	door_watch(v, true, server);
}

static bool door_let_in(struct visitor *v)
{
	int port, server = sshd_connect(door_port, &port);

	if (server < 0)
		return false;
	visitor_enter(v, server, port);
	return flow_begin(&v->up, DOOR_BUFFER) && flow_begin(&v->down, DOOR_BUFFER);
}

/* A greeting alone is cheap; what follows it is the protocol's first message. */
static bool door_may_enter(const struct visitor *v)
{
	size_t len = sshd_line(v->up.buf, v->up.to);

	return len > 0 && (len < v->up.to || visitor_early());
}

static void door_greet(struct visitor *v)
{
	const char *greeting = sshd_greeting();

	if (greeting[0] && !v->greeted && v->server < 0)
		v->greeted = send(v->client, greeting, strlen(greeting), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

static void door_greet_all(void)
{
	for (struct visitor *v = visitor_next(NULL); v; v = visitor_next(v))
		door_greet(v);
}

/* sshd's first line: kept for others, and dropped for whom it was given to already. False while it is not whole. */
static bool door_begins(struct visitor *v)
{
	size_t len = sshd_line(v->down.buf, v->down.to);

	if (len == 0)
		return v->down.ended || v->down.to == v->down.size;
	sshd_heard(v->down.buf, len);
	if (v->greeted)
		v->down.from = len;
	door_greet_all();
	return true;
}

static bool door_pass(struct visitor *v, bool from_server)
{
	if (from_server ? !flow_read(&v->down, v->server, NULL) : !flow_read(&v->up, v->client, &v->heard))
		return false;
	if (v->server < 0) {
		if (v->up.ended || v->up.to == v->up.size)
			return false;
		if (!door_may_enter(v))
			return true;
		return door_let_in(v);
	}
	v->begun = v->begun || door_begins(v);
	if (!v->down.ended && !flow_write(&v->up, v->server))
		return false;
	if (v->begun && !flow_write(&v->down, v->client))
		return false;
	if (v->up.ended && !flow_waits(&v->up))
		shutdown(v->server, SHUT_WR);
	return !(v->down.ended && !flow_waits(&v->down));
}

static void door_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct visitor *v = fd >= 0 ? visitor_come(fd) : NULL;

	if (!v)
		return;
	sshd_tune(fd);
	door_greet(v);
	if (flow_begin(&v->up, DOOR_HELD))
		door_wait(v);
	else
		visitor_go(v);
}

static void door_event(uint64_t mark, uint32_t events)
{
	bool server;
	struct visitor *v = visitor_marked(mark, &server);

	if (!v)
		return;
	/* What sshd said before it went is still to be read. */
	if (((events & (EPOLLHUP | EPOLLERR)) && !server) || !door_pass(v, server) || (server && (events & EPOLLERR)))
		visitor_go(v);
	else
		door_wait(v);
}

static bool door_add(int fd, uint64_t mark)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = mark };

	return epoll_ctl(door_loop, EPOLL_CTL_ADD, fd, &e) == 0;
}

/* Clients say their greeting at once, and sshd's is heard when the first of them is let in. For those that wait for sshd's,
 * however many, one connection learns it. */
static void door_ask(void)
{
	int from;

	door_asked = sshd_connect(door_port, &from);
	if (door_asked >= 0 && !door_add(door_asked, DOOR_AT_ASKED)) {
		close(door_asked);
		door_asked = -1;
	}
	door_asked_at = clock_ms();
}

static void door_answer(void)
{
	char line[256];
	ssize_t n = recv(door_asked, line, sizeof(line), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		sshd_heard(line, sshd_line(line, (size_t)n));
	close(door_asked);
	door_asked = -1;
	door_asked_at = clock_ms();
	door_greet_all();
}

static void door_log_line(void *unused, char *line, size_t len)
{
	int port = line ? sshd_accepted(line) : 0;

	(void)unused;
	if (line)
		fprintf(stderr, "%.*s\n", (int)len, line);
	if (port > 0)
		visitor_knows(port);
}

static void door_log(int fd)
{
	static char buf[1024];
	static struct lines lines = { .buf = buf, .size = sizeof(buf) };
	char data[4096];
	ssize_t n = read(fd, data, sizeof(data));

	/* Its end is sshd's: whoever runs us starts both again. Sessions hold it as well, so this may come late; SIGCHLD does
	 * not. */
	if (n == 0)
		exit(1);
	if (n > 0)
		lines_feed(&lines, data, (size_t)n, door_log_line, NULL);
}

static void door_child(int signal)
{
	(void)signal;
	_exit(1);
}

/* The moment at which sshd has to be asked for the sake of this visitor; -1: never. */
static int64_t door_ask_due(const struct visitor *v)
{
	if (sshd_greeting()[0] || v->greeted || door_asked >= 0)
		return -1;
	return (v->born > door_asked_at ? v->born : door_asked_at) + DOOR_PAUSE_MS;
}

/* What is due of those that are not inside. Milliseconds until the next moment, -1: none. */
static int door_tick(void)
{
	int64_t now = clock_ms(), next = -1;

	for (struct visitor *v = visitor_next(NULL); v; v = visitor_next(v)) {
		int64_t ask, end = v->born + DOOR_HELD_MS;

		if (v->server >= 0)
			continue;
		if (end <= now) {
			visitor_go(v);
			continue;
		}
		ask = door_ask_due(v);
		if (ask >= 0 && ask <= now)
			door_ask();
		else if (ask >= 0 && ask < end)
			end = ask;
		if (next < 0 || end < next)
			next = end;
	}
	return next < 0 ? -1 : (int)(next - now) + 1;
}

/* sshd, which we started as root, protects itself; the connections of those who are inside go through here. */
static void door_settle(void)
{
	rlim_t most = 2 * visitor_init();
	struct rlimit files = { most, most };

	setrlimit(RLIMIT_NOFILE, &files);
	file_put("/proc/self/oom_score_adj", "-900");
	door_loop = epoll_create1(EPOLL_CLOEXEC);
}

void door_run(int listener, const char *const sshd[])
{
	int log;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, door_child);
	if (sshd_start(sshd, &door_port, &log) < 0) {
		fprintf(stderr, "cannot start sshd: %s\n", strerror(errno));
		exit(1);
	}
	door_settle();
	if (!door_add(listener, DOOR_AT_LISTENER) || !door_add(log, DOOR_AT_LOG))
		exit(1);
	if (getuid() == 0 && !privilege_kill())
		exit(1);
	fprintf(stderr, "Server listening on the machine's port\n");
	for (;;) {
		struct epoll_event e[64];
		int n = epoll_wait(door_loop, e, 64, door_tick());

		for (int i = 0; i < n; i++) {
			if (e[i].data.u64 == DOOR_AT_LISTENER)
				door_accept(listener);
			else if (e[i].data.u64 == DOOR_AT_LOG)
				door_log(log);
			else if (e[i].data.u64 == DOOR_AT_ASKED)
				door_answer();
			else
				door_event(e[i].data.u64, e[i].events);
		}
	}
}
