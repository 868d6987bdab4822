/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/engine.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/nat.h"
#include "contract.h"
#include "lib/clock.h"
#include "lib/http.h"
#include "lib/wait.h"

#define ENGINE_BODY_MAX (8 * 1024 * 1024)
#define ENGINE_ANSWER_MS 30000
#define ENGINE_SETTLE_MS 15 /* events come in groups: one look for all */
#define ENGINE_BACK_MS 200

/* Only what can change published ports; health checks of many containers would wake us all the
 * time. */
#define ENGINE_EVENTS                                                                                                  \
	"/events?filters=%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%2C%22event%22%3A%"                      \
	"5B%22start"                                                                                                   \
	"%22%2C%22die%22%2C%22connect%22%2C%22disconnect%22%5D%7D"

static const char *engine_path;
static int engine_changed = -1;
static pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ports engine_list;
static int engine_fd = -1; /* the stream of events */
static bool engine_over;

void engine_ports(struct ports *ret)
{
	uint64_t n;

	pthread_mutex_lock(&engine_lock);
	if (read(engine_changed, &n, sizeof(n)) < 0)
		n = 0; /* it was not set */
	*ret = engine_list;
	pthread_mutex_unlock(&engine_lock);
}

/* With those of containers that are being started: the engine lists them once it has answered its client, but they are in
 * the kernel's table when it tells of "connect", before the container is made. So the host has opened them by then. */
static void engine_look(void)
{
	static struct ports now;
	uint64_t one = 1;
	char *body = NULL;
	int status = http_get(engine_path, "/containers/json", clock_ms() + ENGINE_ANSWER_MS, ENGINE_BODY_MAX, &body);

	if (status == 200 && ports_parse(body, strlen(body), &now)) {
		if (strcmp(engine_path, GUEST_ENGINE_SOCKET) == 0) /* a test's host may have an engine of its own */
			nat_add(&now);
		pthread_mutex_lock(&engine_lock);
		if (!ports_equal(&now, &engine_list)) {
			engine_list = now;
			if (write(engine_changed, &one, sizeof(one)) < 0)
				one = 0; /* it is set already */
		}
		pthread_mutex_unlock(&engine_lock);
	}
	if (status > 0)
		free(body);
}

/* Reads and forgets what is there, waiting for more for settle_ms. False at the end of the stream.
 */
static bool engine_drain(int fd, int settle_ms)
{
	int64_t deadline = clock_ms() + settle_ms;
	char buf[4096];

	do {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, clock_left(deadline)) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return false;
	} while (clock_left(deadline) > 0);
	return true;
}

/* The head of the answer says that the engine sends events from now on: what is listed after it
 * misses none. */
static bool engine_wait_head(int fd)
{
	int64_t deadline = clock_ms() + ENGINE_ANSWER_MS;
	char head[4096];
	size_t len = 0;

	while (len < sizeof(head)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int status = 0, body;
		ssize_t n;

		if (poll(&p, 1, clock_left(deadline)) <= 0)
			return false;
		n = read(fd, head + len, sizeof(head) - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		body = http_head(head, len, &status);
		if (body != 0)
			return body > 0 && status == 200;
	}
	return false;
}

static void engine_session(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (http_send_get(fd, ENGINE_EVENTS) != 0 || !engine_wait_head(fd))
		return;
	do {
		engine_look();
		/* Without a deadline: an idle engine has nothing to say for days, its end is an
		 * event too. */
		while (poll(&p, 1, -1) < 0 && errno == EINTR)
			;
	} while (engine_drain(fd, ENGINE_SETTLE_MS));
}

/* For engine_forget(). False when it was called already. */
static bool engine_hold(int fd)
{
	bool go;

	pthread_mutex_lock(&engine_lock);
	engine_fd = fd;
	go = !engine_over;
	pthread_mutex_unlock(&engine_lock);
	return go;
}

void engine_forget(void)
{
	pthread_mutex_lock(&engine_lock);
	engine_over = true;
	if (engine_fd >= 0)
		shutdown(engine_fd, SHUT_RDWR);
	pthread_mutex_unlock(&engine_lock);
}

static void *engine_thread(void *unused)
{
	while (engine_hold(-1)) {
		int fd;

		if (!wait_socket(engine_path, clock_ms() + 3600000))
			continue;
		fd = unix_connect(engine_path);
		if (fd >= 0 && engine_hold(fd))
			engine_session(fd);
		engine_hold(-1);
		if (fd >= 0)
			close(fd);
		wait_ms(ENGINE_BACK_MS); /* an engine that refuses must not keep us busy */
	}
	return unused;
}

int engine_follow(const char *socket_path)
{
	sigset_t all, old;
	pthread_t t;
	int bad;

	engine_path = socket_path;
	engine_changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (engine_changed < 0)
		return -1;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	bad = pthread_create(&t, NULL, engine_thread, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (bad) {
		errno = bad;
		return -1;
	}
	pthread_detach(t);
	return engine_changed;
}
