/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/http.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"

int unix_connect(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, saved;

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int http_send(int fd, const char *method, const char *more, const char *target)
{
	char request[512];
	int len = snprintf(request, sizeof(request), "%s %s HTTP/1.0\r\nHost: docker\r\n%s\r\n", method, target, more);

	if (len < 0 || (size_t)len >= sizeof(request)) {
		errno = EMSGSIZE;
		return -1;
	}
	return send(fd, request, (size_t)len, MSG_NOSIGNAL) == len ? 0 : -1;
}

int http_head(const char *data, size_t len, int *ret_status)
{
	const char *end;
	int status = 0;

	if (len < 12)
		return 0;
	if (memcmp(data, "HTTP/1.", 7) != 0 || data[8] != ' ')
		return -1;
	for (int i = 9; i < 12; i++) {
		if (data[i] < '0' || data[i] > '9')
			return -1;
		status = status * 10 + data[i] - '0';
	}
	end = memmem(data, len, "\r\n\r\n", 4);
	if (!end)
		return len > 16384 ? -1 : 0;
	*ret_status = status;
	return (int)(end + 4 - data);
}

int http_send_get(int fd, const char *target)
{
	return http_send(fd, "GET", "", target);
}

/* Everything until the peer closes, at most max bytes, in a buffer of max + 1. -1 with errno. */
static ssize_t http_drain(int fd, char *buf, size_t max, int64_t deadline)
{
	size_t len = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int ready = poll(&p, 1, clock_left(deadline));
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready <= 0)
			return -1;
		n = read(fd, buf + len, max + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			return (ssize_t)len;
		len += (size_t)n;
		if (len > max) {
			errno = EFBIG;
			return -1;
		}
	}
}

/* Takes fd, on which a request was sent. */
static int http_answer(int fd, int64_t deadline, size_t max, char **ret_body)
{
	char *buf = malloc(max + 2);
	int body, status = 0;
	ssize_t len = buf ? http_drain(fd, buf, max, deadline) : -1;

	close(fd);
	if (len < 0) {
		free(buf);
		return -1;
	}
	buf[len] = '\0';
	body = http_head(buf, (size_t)len, &status);
	if (body <= 0) {
		free(buf);
		errno = EPROTO;
		return -1;
	}
	if (ret_body) {
		memmove(buf, buf + body, (size_t)(len - body) + 1);
		*ret_body = buf;
	} else {
		free(buf);
	}
	return status;
}

static int http_ask(const char *path, const char *target, bool post)
{
	int fd = unix_connect(path);
	int bad = fd < 0 ? 0
		  : post ? http_send(fd, "POST", "Content-Length: 0\r\n", target)
			 : http_send_get(fd, target);

	if (bad == 0)
		return fd;
	close(fd);
	return -1;
}

int http_get(const char *path, const char *target, int64_t deadline, size_t max, char **ret_body)
{
	int fd = http_ask(path, target, false);

	return fd < 0 ? -1 : http_answer(fd, deadline, max, ret_body);
}

int http_post(const char *path, const char *target, int64_t deadline)
{
	int fd = http_ask(path, target, true);

	return fd < 0 ? -1 : http_answer(fd, deadline, 65536, NULL);
}
