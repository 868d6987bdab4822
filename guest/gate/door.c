/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/privilege.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/line.h"

#define DOOR_VISITORS 1024
#define DOOR_STRANGERS 192  /* who has not logged in */
#define DOOR_INSIDE 48	    /* of these, with a process of sshd */
#define DOOR_INSIDE_EARLY 4 /* of these, who said no more than a greeting */
#define DOOR_HELD_MS 30000  /* for a greeting */
#define DOOR_HELD 8192	    /* bytes that are kept meanwhile */
#define DOOR_BUFFER 32768

struct flow {
	char *buf;
	size_t from, to, size;
	bool ended; /* the source has no more */
};

struct visitor {
	int client, server; /* -1: none */
	uint32_t turn;	    /* of this place: events of who was here before are old */
	int port;	    /* ours, as sshd sees it */
	bool known;	    /* has logged in */
	bool greeted;	    /* sshd's greeting is not for him any more */
	bool begun;	    /* sshd's greeting has come */
	int64_t born;
	size_t heard;	      /* bytes of his */
	struct flow up, down; /* to sshd, to him */
	uint32_t client_events, server_events;
};

static struct visitor visitors[DOOR_VISITORS];
static int door_loop, door_port, door_count, door_strangers, door_inside;
static char door_greeting[256]; /* sshd's, with its end; "" until it was heard */

static void door_close(struct visitor *v)
{
	if (v->client < 0)
		return;
	close(v->client);
	if (v->server >= 0)
		close(v->server);
	door_count--;
	door_strangers -= !v->known;
	door_inside -= !v->known && v->server >= 0;
	free(v->up.buf);
	free(v->down.buf);
	*v = (struct visitor){ .client = -1, .server = -1, .turn = v->turn + 1 };
}

/* Of those who have not logged in, who said least; of several, who came first. */
static struct visitor *door_idlest(bool inside)
{
	struct visitor *found = NULL;

	for (int i = 0; i < DOOR_VISITORS; i++) {
		struct visitor *v = &visitors[i];

		if (v->client < 0 || v->known || (inside && v->server < 0))
			continue;
		if (!found || v->heard < found->heard || (v->heard == found->heard && v->born < found->born))
			found = v;
	}
	return found;
}

static void door_watch(struct visitor *v, bool server, uint32_t events)
{
	uint32_t *have = server ? &v->server_events : &v->client_events;
	struct epoll_event e = { .events = events,
				 .data.u64 = (uint64_t)v->turn << 32 | (uint64_t)(v - visitors) << 1 | server };

	/* Also with nothing to wait for: that the other side is gone is always told. */
	if (*have == (events | 1U << 31))
		return;
	epoll_ctl(door_loop, *have ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, server ? v->server : v->client, &e);
	*have = events | 1U << 31;
}

static size_t flow_room(struct flow *f)
{
	if (f->from == f->to)
		f->from = f->to = 0;
	return f->ended ? 0 : f->size - f->to;
}

/* False when the socket is of no use any more. */
static bool flow_read(struct flow *f, int fd, size_t *heard)
{
	size_t room = flow_room(f);
	ssize_t n = room > 0 ? recv(fd, f->buf + f->to, room, MSG_DONTWAIT) : -2;

	if (n == 0)
		f->ended = true;
	if (n > 0) {
		f->to += (size_t)n;
		if (heard)
			*heard += (size_t)n;
	}
	return n != -1 || errno == EAGAIN || errno == EINTR;
}

static bool flow_write(struct flow *f, int fd)
{
	ssize_t n = f->from < f->to ? send(fd, f->buf + f->from, f->to - f->from, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

	if (n > 0)
		f->from += (size_t)n;
	return n >= 0 || errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
}

static bool flow_begin(struct flow *f, size_t size)
{
	char *buf = realloc(f->buf, size);

	if (!buf)
		return false;
	f->buf = buf;
	f->size = size;
	return true;
}

static void door_tune(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static bool door_let_in(struct visitor *v)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)door_port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);
	struct visitor *idlest = door_inside >= DOOR_INSIDE ? door_idlest(true) : NULL;

	if (idlest)
		door_close(idlest);
	v->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (v->server < 0)
		return false;
	door_inside++;
	door_tune(v->server);
	if (!flow_begin(&v->up, DOOR_BUFFER) || !flow_begin(&v->down, DOOR_BUFFER))
		return false;
	if (connect(v->server, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)
		return false;
	if (getsockname(v->server, (struct sockaddr *)&to, &len) != 0)
		return false;
	v->port = ntohs(to.sin_port);
	return true;
}

/* A greeting alone is cheap; what follows it is the protocol's first message. */
static bool door_may_enter(const struct visitor *v)
{
	const char *end = memchr(v->up.buf, '\n', v->up.to);

	return end && (end + 1 < v->up.buf + v->up.to || door_inside < DOOR_INSIDE_EARLY);
}

/* sshd's first line: kept for others, and dropped for whom it was given to already. False while it is not whole. */
static bool door_greet(struct visitor *v)
{
	const char *end = v->down.to > 0 ? memchr(v->down.buf, '\n', v->down.to) : NULL;
	size_t len = end ? (size_t)(end - v->down.buf) + 1 : 0;

	if (!end)
		return v->down.ended || v->down.to == v->down.size;
	if (!door_greeting[0] && len < sizeof(door_greeting) && strncmp(v->down.buf, "SSH-", 4) == 0)
		memcpy(door_greeting, v->down.buf, len);
	if (v->greeted)
		v->down.from = len;
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
	v->begun = v->begun || door_greet(v);
	if (!v->down.ended && !flow_write(&v->up, v->server))
		return false;
	if (v->begun && !flow_write(&v->down, v->client))
		return false;
	if (v->up.ended && v->up.from == v->up.to)
		shutdown(v->server, SHUT_WR);
	return !(v->down.ended && v->down.from == v->down.to);
}

static void door_wait(struct visitor *v)
{
	uint32_t client = flow_room(&v->up) > 0 ? EPOLLIN : 0;

	if (v->begun && v->down.from < v->down.to)
		client |= EPOLLOUT;
	door_watch(v, false, client);
	if (v->down.ended) /* it would be told of without end, while the rest goes to a slow client */
		epoll_ctl(door_loop, EPOLL_CTL_DEL, v->server, NULL);
	else if (v->server >= 0)
		door_watch(v, true, (flow_room(&v->down) > 0 ? EPOLLIN : 0U) | (v->up.from < v->up.to ? EPOLLOUT : 0U));
}

static void door_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct visitor *v = visitors;

	if (fd < 0)
		return;
	if (door_strangers >= DOOR_STRANGERS || door_count == DOOR_VISITORS) {
		struct visitor *idlest = door_idlest(false);

		if (idlest)
			door_close(idlest);
	}
	while (v < visitors + DOOR_VISITORS && v->client >= 0)
		v++;
	if (v == visitors + DOOR_VISITORS) {
		close(fd);
		return;
	}
	door_tune(fd);
	v->client = fd;
	v->born = clock_ms();
	door_count++;
	door_strangers++;
	v->greeted =
		door_greeting[0] && send(fd, door_greeting, strlen(door_greeting), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
	if (!flow_begin(&v->up, DOOR_HELD) || (!v->greeted && !door_let_in(v)))
		door_close(v);
	else
		door_wait(v);
}

static void door_event(uint64_t data, uint32_t events)
{
	struct visitor *v = &visitors[(uint32_t)data >> 1];
	bool server = data & 1;

	if (v->client < 0 || v->turn != (uint32_t)(data >> 32))
		return;
	/* What sshd said before it went is still to be read. */
	if (((events & (EPOLLHUP | EPOLLERR)) && !server) || !door_pass(v, server) || (server && (events & EPOLLERR)))
		door_close(v);
	else
		door_wait(v);
}

static void door_log_line(void *unused, char *line, size_t len)
{
	int port = line ? door_accepted(line) : 0;

	(void)unused;
	if (line)
		fprintf(stderr, "%.*s\n", (int)len, line);
	for (int i = 0; port > 0 && i < DOOR_VISITORS; i++) {
		struct visitor *v = &visitors[i];

		if (v->client < 0 || v->known || v->port != port)
			continue;
		v->known = true;
		door_strangers--;
		door_inside--;
	}
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

static int door_tick(void)
{
	int64_t now = clock_ms();
	int next = -1;

	for (int i = 0; i < DOOR_VISITORS; i++) {
		struct visitor *v = &visitors[i];

		if (v->client < 0 || v->server >= 0)
			continue;
		if (now - v->born >= DOOR_HELD_MS)
			door_close(v);
		else if (next < 0 || v->born + DOOR_HELD_MS - now < next)
			next = (int)(v->born + DOOR_HELD_MS - now) + 1;
	}
	return next;
}

/* sshd, which we started as root, protects itself; the connections of those who are inside go through here. */
static void door_settle(void)
{
	struct rlimit files = { 4 * DOOR_VISITORS, 4 * DOOR_VISITORS };

	setrlimit(RLIMIT_NOFILE, &files);
	file_put("/proc/self/oom_score_adj", "-900");
	for (int i = 0; i < DOOR_VISITORS; i++)
		visitors[i].client = visitors[i].server = -1;
	door_loop = epoll_create1(EPOLL_CLOEXEC);
}

static void door_add(int fd, uint64_t data)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = data };

	if (epoll_ctl(door_loop, EPOLL_CTL_ADD, fd, &e) != 0)
		exit(1);
}

void door_run(int listener, const char *const sshd[])
{
	const uint64_t at_listener = UINT64_MAX, at_log = UINT64_MAX - 1;
	int log;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, door_child);
	if (door_sshd(sshd, &door_port, &log) < 0) {
		fprintf(stderr, "cannot start sshd: %s\n", strerror(errno));
		exit(1);
	}
	door_settle();
	door_add(listener, at_listener);
	door_add(log, at_log);
	if (getuid() == 0 && !privilege_kill())
		exit(1);
	fprintf(stderr, "Server listening on the machine's port\n");
	for (;;) {
		struct epoll_event e[64];
		int n = epoll_wait(door_loop, e, 64, door_tick());

		for (int i = 0; i < n; i++) {
			if (e[i].data.u64 == at_listener)
				door_accept(listener);
			else if (e[i].data.u64 == at_log)
				door_log(log);
			else
				door_event(e[i].data.u64, e[i].events);
		}
	}
}
