/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/qemu/paths.h"
#include "drivers/qemu/supervisor.h"
#include "guest/contract.h"

/* A log of its own for each run; the one before is kept, because it may tell why that run ended. */
static struct err *console_start_file(struct sup *s)
{
	auto_free char *path = fs_join(s->order.dir, VM_FILE_CONSOLE);
	auto_free char *old = fs_join(s->order.dir, QEMU_FILE_CONSOLE_OLD);

	mem_closep(&s->console.file);
	rename(path, old);
	s->console.size = 0;
	s->console.file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->console.file >= 0)
		fs_own_fd(s->console.file, path);
	return s->console.file < 0 ? err_errno(ERR_FAILED, "cannot write '%s'", path) : NULL;
}

struct err *sup_console_open(struct sup *s)
{
	return console_start_file(s);
}

void sup_console_close(struct sup *s)
{
	mem_closep(&s->console.fd);
	mem_closep(&s->console.file);
}

/*
 * What never reaches the agent: init failed before there was one ("machine: failed STAGE: MESSAGE", docs/guest.md,
 * section 4), or the kernel gave up. Without this a wait would last until its deadline.
 */
static void console_line(struct sup *s, char *line)
{
	static const char failed[] = GUEST_CONSOLE_PREFIX "failed ";
	static const char panic[] = "Kernel panic - ";
	char *at = strstr(line, failed), *colon;

	if (s->ready || s->failed)
		return;
	if (at && (colon = strstr(at + strlen(failed), ": "))) {
		*colon = 0;
		s->failed = true;
		sup_note(s);
		sup_event(s, "failed", at + strlen(failed), -1, colon + 2);
	} else if ((at = strstr(line, panic))) {
		s->failed = true;
		sup_note(s);
		sup_event(s, "failed", "kernel", -1, at);
	}
}

static void console_watch(struct sup *s, const char *data, size_t n)
{
	struct sup_console *c = &s->console;

	for (size_t i = 0; i < n; i++) {
		if (data[i] != '\n' && data[i] != '\r' && data[i]) {
			if (c->line_len < sizeof(c->line) - 1)
				c->line[c->line_len++] = data[i];
			continue;
		}
		c->line[c->line_len] = 0;
		if (c->line_len)
			console_line(s, c->line);
		c->line_len = 0;
	}
}

/* A full disk loses lines of the log and nothing else. */
static void console_write(struct sup *s, const char *data, size_t n)
{
	if (s->console.size + n > SUP_CONSOLE_MAX)
		IGNORE(console_start_file(s));
	if (s->console.file >= 0 && write(s->console.file, data, n) > 0)
		s->console.size += n;
}

bool sup_console_read(struct sup *s)
{
	char buf[8192];

	if (s->console.fd < 0)
		return false;
	ssize_t n = read(s->console.fd, buf, sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		mem_closep(&s->console.fd);
		return false;
	}
	console_write(s, buf, (size_t)n);
	console_watch(s, buf, (size_t)n);
	return true;
}

static void error_keep(struct sup *s, const char *data, size_t n)
{
	size_t max = sizeof(s->error_tail);

	if (n > max) {
		data += n - max;
		n = max;
	}
	size_t drop = s->error_len + n > max ? s->error_len + n - max : 0;
	memmove(s->error_tail, s->error_tail + drop, s->error_len - drop);
	memcpy(s->error_tail + s->error_len - drop, data, n);
	s->error_len += n - drop;
}

bool sup_error_read(struct sup *s)
{
	char buf[4096];

	if (s->error_fd < 0)
		return false;
	ssize_t n = read(s->error_fd, buf, sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		mem_closep(&s->error_fd);
		return false;
	}
	error_keep(s, buf, (size_t)n);
	/* Our own stderr is the supervisor's log. */
	if (s->log_len + (size_t)n <= SUP_LOG_MAX && write(STDERR_FILENO, buf, (size_t)n) > 0)
		s->log_len += (size_t)n;
	return true;
}
