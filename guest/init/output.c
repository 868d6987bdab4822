/* SPDX-License-Identifier: Apache-2.0 */
#include "init/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/loop.h"
#include "lib/file.h"

void output_lines(struct output *o, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n') {
			if (o->partial_len < OUTPUT_LINE - 1)
				o->partial[o->partial_len++] = data[i];
			continue;
		}
		o->partial[o->partial_len] = '\0';
		memcpy(o->last, o->partial, o->partial_len + 1);
		o->partial_len = 0;
		if (o->line)
			o->line(o->data, o->last);
	}
}

static void output_open(struct output *o)
{
	struct stat s;

	o->log = open(o->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	o->written = o->log >= 0 && fstat(o->log, &s) == 0 ? (size_t)s.st_size : 0;
}

static void output_log(struct output *o, const char *data, size_t len)
{
	char old[128];

	if (o->log >= 0 && o->written + len > OUTPUT_LOG_MAX) {
		close(o->log);
		snprintf(old, sizeof(old), "%s.1", o->path);
		rename(o->path, old);
		output_open(o);
	}
	if (o->log >= 0 && write_all(o->log, data, len) == 0)
		o->written += len;
}

/* At most a few reads: a service that never stops printing must not keep the loop. */
static void output_ready(int fd, void *data)
{
	struct output *o = data;
	char buf[4096];

	for (int i = 0; i < 16; i++) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n == 0)
			loop_unwatch(fd); /* its children may outlive it; nobody writes any more */
		if (n <= 0)
			return;
		output_log(o, buf, (size_t)n);
		output_lines(o, buf, (size_t)n);
	}
}

void output_begin(struct output *o, int fd, const char *log, output_line_fn line, void *data)
{
	output_end(o);
	o->fd = fd;
	o->path = log;
	o->line = line;
	o->data = data;
	o->partial_len = 0;
	o->last[0] = '\0';
	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	output_open(o);
	loop_watch(fd, output_ready, o);
}

void output_end(struct output *o)
{
	if (o->fd < 0)
		return;
	output_ready(o->fd, o);
	loop_unwatch(o->fd);
	close(o->fd);
	if (o->log >= 0)
		close(o->log);
	o->fd = -1;
}
