/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wait.h"

#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/http.h"

/* Between bind and listen a socket is there and refuses: look again soon, without an event. */
#define WAIT_AGAIN_MS 100

void wait_ms(int ms)
{
	poll(NULL, 0, ms);
}

/* Try until it succeeds: now, and whenever something appears in the socket's folder. */
static bool wait_try(const char *path, int64_t deadline, bool (*attempt)(const char *path, int64_t deadline))
{
	char dir[PATH_MAX], event[4096];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	bool ok;

	snprintf(dir, sizeof(dir), "%s", path);
	dirname(dir);
	dir_make(dir, 0711);
	if (fd >= 0)
		inotify_add_watch(fd, dir, IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
	while (!(ok = attempt(path, deadline)) && clock_left(deadline) > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int left = clock_left(deadline);

		if (access(path, F_OK) == 0 && left > WAIT_AGAIN_MS)
			left = WAIT_AGAIN_MS;
		if (poll(&p, fd >= 0, left) > 0) {
			while (read(fd, event, sizeof(event)) > 0)
				;
		}
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool wait_connect(const char *path, int64_t deadline)
{
	int fd = unix_connect(path);

	(void)deadline;
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool wait_ping(const char *path, int64_t deadline)
{
	/* The engine listens early and answers late: one connection that waits for the answer. */
	return http_get(path, "/_ping", deadline, 65536, NULL) == 200;
}

bool wait_socket(const char *path, int64_t deadline)
{
	return wait_try(path, deadline, wait_connect);
}

bool wait_engine(const char *path, int64_t deadline)
{
	return wait_try(path, deadline, wait_ping);
}
