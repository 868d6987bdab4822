/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

bool flow_begin(struct flow *f, size_t size)
{
	char *buf = realloc(f->buf, size);

	if (!buf)
		return false;
	f->buf = buf;
	f->size = size;
	return true;
}

size_t flow_room(struct flow *f)
{
	if (f->from == f->to)
		f->from = f->to = 0;
	return f->ended ? 0 : f->size - f->to;
}

bool flow_waits(const struct flow *f)
{
	return f->from < f->to;
}

bool flow_read(struct flow *f, int fd, size_t *heard)
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

bool flow_write(struct flow *f, int fd)
{
	ssize_t n = flow_waits(f) ? send(fd, f->buf + f->from, f->to - f->from, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

	if (n > 0)
		f->from += (size_t)n;
	return n >= 0 || errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
}
