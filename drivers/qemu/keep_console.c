/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/keep_console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/qemu/paths.h"

#define CONSOLE_MAX (1024 * 1024)

struct err *keep_console_open(struct keep_console *c)
{
	auto_free char *path = fs_join(c->dir, VM_FILE_CONSOLE);
	auto_free char *old = fs_join(c->dir, QEMU_FILE_CONSOLE_OLD);

	mem_closep(&c->file);
	rename(path, old);
	c->size = 0;
	c->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->file >= 0)
		fs_own_fd(c->file, path);
	return c->file < 0 ? err_errno(ERR_FAILED, "cannot write '%s'", path) : NULL;
}

void keep_console_close(struct keep_console *c)
{
	mem_closep(&c->fd);
	mem_closep(&c->file);
}

/* A full disk loses lines of the log and nothing else. */
static void console_write(struct keep_console *c, const char *data, size_t n)
{
	if (c->size + n > CONSOLE_MAX)
		IGNORE(keep_console_open(c));
	if (c->file >= 0 && write(c->file, data, n) > 0)
		c->size += n;
}

bool keep_console_read(struct keep_console *c)
{
	char buf[8192];

	if (c->fd < 0)
		return false;
	ssize_t n = read(c->fd, buf, sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		mem_closep(&c->fd);
		return false;
	}
	console_write(c, buf, (size_t)n);
	c->printed(c->data, buf, (size_t)n);
	return true;
}
