/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Reads fd to its end into a growing buffer; one byte above max proves that it is too big. */
static char *file_read_fd(int fd, size_t max, size_t *ret_len)
{
	size_t size = 4096, len = 0;
	char *buf = malloc(size + 1);

	while (buf) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		len += (size_t)n;
		if (len > max) {
			errno = EFBIG;
			break;
		}
		if (n == 0) {
			buf[len] = '\0';
			if (ret_len)
				*ret_len = len;
			return buf;
		}
		if (len == size) {
			char *more = realloc(buf, size * 2 + 1);

			if (!more)
				break;
			buf = more;
			size *= 2;
		}
	}
	free(buf);
	return NULL;
}

char *file_read(const char *path, size_t max, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), saved;
	char *text;

	if (fd < 0)
		return NULL;
	text = file_read_fd(fd, max, ret_len);
	saved = errno;
	close(fd);
	errno = saved;
	return text;
}

bool file_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return false;
	buf[n] = '\0';
	buf[strcspn(buf, "\r\n")] = '\0';
	return true;
}

int file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), bad, saved;

	if (fd < 0)
		return -1;
	bad = write_all(fd, text, strlen(text));
	saved = errno;
	close(fd);
	errno = saved;
	return bad;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode)
{
	char temp[PATH_MAX];
	int fd, bad;

	if ((size_t)snprintf(temp, sizeof(temp), "%s.new", path) >= sizeof(temp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	bad = fchmod(fd, mode) | write_all(fd, data, len);
	if (close(fd) != 0 || bad || rename(temp, path) != 0) {
		int saved = errno;

		unlink(temp);
		errno = saved;
		return -1;
	}
	return 0;
}

int dir_make(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(part, path, len + 1);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return mkdir(part, mode) != 0 && errno != EEXIST ? -1 : 0;
}
