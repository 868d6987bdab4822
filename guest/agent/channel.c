/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/channel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/serial.h"
#include "contract.h"
#include "lib/file.h"
#include "lib/http.h"
#include "lib/line.h"

#define CHANNEL_OUT (2 * GUEST_LINE_MAX)
#define CHANNEL_PORTS "/sys/class/virtio-ports"

enum channel_kind {
	CHANNEL_PORT,
	CHANNEL_SOCKET,
	CHANNEL_SERIAL
};

static int channel_fd = -1;
static enum channel_kind channel_kind;
static bool channel_up;
static struct channel_calls channel_calls;
static char channel_in[GUEST_LINE_MAX + 1];
static struct lines channel_lines = { .buf = channel_in, .size = sizeof(channel_in) };
static char channel_out[CHANNEL_OUT];
static size_t channel_out_len;
static bool channel_begun; /* the first of it is the rest of a line */

static bool channel_scan(const char *name, char *path, size_t size)
{
	DIR *dir = opendir(CHANNEL_PORTS);
	bool found = false;
	struct dirent *e;

	while (dir && !found && (e = readdir(dir))) {
		char file[512], have[128];

		snprintf(file, sizeof(file), CHANNEL_PORTS "/%s/name", e->d_name);
		found = e->d_name[0] != '.' && file_line(file, have, sizeof(have)) && strcmp(have, name) == 0;
		if (found)
			snprintf(path, size, "/dev/%s", e->d_name);
	}
	if (dir)
		closedir(dir);
	return found && access(path, F_OK) == 0;
}

static bool channel_named(char *path, size_t size)
{
	char name[32];

	if (!file_line(GUEST_CHANNEL_FILE, name, sizeof(name)))
		return false;
	snprintf(path, size, "/dev/%s", name);
	return true;
}

void channel_find(const char *name, char *path, size_t size)
{
	int fd = inotify_init1(IN_CLOEXEC);
	char event[4096];

	inotify_add_watch(fd, "/dev", IN_CREATE);
	inotify_add_watch(fd, GUEST_RUN_DIR, IN_MOVED_TO);
	/* A guest may be without a port and a line: then nothing wakes this thread again. */
	while (!channel_scan(name, path, size) && !channel_named(path, size)) {
		if (read(fd, event, sizeof(event)) < 0 && errno != EINTR)
			pause();
	}
	close(fd);
}

int channel_open(const char *path, const struct channel_calls *calls)
{
	struct stat s;

	channel_calls = *calls;
	if (stat(path, &s) != 0)
		return -1;
	channel_kind = S_ISSOCK(s.st_mode) ? CHANNEL_SOCKET : CHANNEL_PORT;
	/* Not blocking from the first moment: a terminal's open waits for a carrier. */
	channel_fd = channel_kind == CHANNEL_SOCKET ? unix_connect(path)
						    : open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (channel_fd < 0)
		return -1;
	fcntl(channel_fd, F_SETFL, O_NONBLOCK);
	if (isatty(channel_fd)) {
		channel_kind = CHANNEL_SERIAL;
		if (!serial_raw(channel_fd))
			return -1;
	}
	return channel_fd;
}

static void channel_flush(void)
{
	while (channel_out_len > 0) {
		ssize_t n = write(channel_fd, channel_out, channel_out_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		channel_begun = channel_out[n - 1] != '\n';
		channel_out_len -= (size_t)n;
		memmove(channel_out, channel_out + n, channel_out_len);
	}
}

bool channel_send(const char *text)
{
	size_t len = strlen(text);

	if (!channel_up || len + 1 > GUEST_LINE_MAX)
		return true;
	if (len + 1 > sizeof(channel_out) - channel_out_len)
		return false;
	memcpy(channel_out + channel_out_len, text, len);
	channel_out[channel_out_len + len] = '\n';
	channel_out_len += len + 1;
	channel_flush();
	return true;
}

void channel_restart(void)
{
	/* Each line in the queue has its newline. */
	char *end = channel_begun && channel_out_len > 0 ? memchr(channel_out, '\n', channel_out_len) : NULL;

	channel_out_len = end ? (size_t)(end - channel_out) + 1 : 0;
	/* What the hypervisor threw away may have been the end of a line. */
	if (channel_kind == CHANNEL_SERIAL)
		channel_send("");
}

static void channel_line(void *arg, char *line, size_t len)
{
	(void)arg;
	channel_calls.line(line, len);
	if (line)
		explicit_bzero(line, len);
}

/* A port without a host says POLLHUP all the time; the caller listens for changes only (edges). */
static void channel_notice(void)
{
	struct pollfd p = { .fd = channel_fd, .events = POLLIN | POLLOUT };
	bool up = poll(&p, 1, 0) >= 0 && !(p.revents & POLLHUP);

	if (channel_kind != CHANNEL_PORT)
		up = true;
	if (up == channel_up)
		return;
	channel_up = up;
	channel_out_len = 0;
	channel_begun = false;
	channel_lines.len = 0;
	channel_lines.skip = false;
	if (up)
		channel_calls.connected();
}

bool channel_ready(void)
{
	static char buf[16384];
	bool usable = true;
	ssize_t n;

	channel_notice();
	/* Data may overtake the news that somebody is there, by another queue: read no line that
	 * nobody could answer. */
	if (!channel_up)
		return true;
	while ((n = read(channel_fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		lines_feed(&channel_lines, buf, (size_t)n, channel_line, NULL);
		explicit_bzero(buf, (size_t)n);
	}
	if (n == 0)
		usable = channel_kind == CHANNEL_PORT;
	else if (channel_kind == CHANNEL_SERIAL && errno != EAGAIN)
		usable = false; /* EIO: hung up, or no such hardware */
	if (!usable && channel_kind == CHANNEL_SERIAL)
		fprintf(stderr, "the serial line is gone\n");
	channel_flush();
	return usable;
}
