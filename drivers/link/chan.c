/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/link/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"

#define CHUNK 16384
#define OUT_MAX (1024 * 1024)

void chan_open(struct chan *c, int fd, size_t max_line)
{
	*c = (struct chan){ .fd = fd, .max_line = max_line };
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void chan_wipe(char *buf, size_t cap)
{
	if (buf)
		mem_wipe(buf, cap);
	free(buf);
}

void chan_close(struct chan *c)
{
	if (c->fd >= 0)
		close(c->fd);
	chan_wipe(c->in, c->in_cap);
	chan_wipe(c->out, c->out_cap);
	*c = (struct chan)CHAN_CLOSED;
}

/* Not realloc, which would leave a copy of the content behind. */
static void chan_grow(char **buf, size_t *cap, size_t len, size_t want)
{
	size_t n = *cap ? *cap : CHUNK;

	if (want <= *cap)
		return;
	while (n < want)
		n *= 2;
	char *bigger = xcalloc(1, n);
	if (len)
		memcpy(bigger, *buf, len);
	chan_wipe(*buf, *cap);
	*buf = bigger;
	*cap = n;
}

/* Drop what was given out, and wipe where it stood. */
static void chan_consume(struct chan *c, size_t n)
{
	memmove(c->in, c->in + n, c->in_len - n);
	mem_wipe(c->in + c->in_len - n, n);
	c->in_len -= n;
}

/* A line beyond the limit: forget what came of it, and what will come until it ends. */
static void chan_limit(struct chan *c)
{
	if (c->in_len <= c->max_line || memchr(c->in, '\n', c->in_len))
		return;
	chan_consume(c, c->in_len);
	c->skipping = true;
}

bool chan_read(struct chan *c)
{
	if (c->fd < 0)
		return false;
	if (c->line_len) {
		chan_consume(c, c->line_len);
		c->line_len = 0;
	}
	/* One chunk a turn: a guest that writes without end must not keep the loop from the others. */
	chan_grow(&c->in, &c->in_cap, c->in_len, c->in_len + CHUNK + 1);
	ssize_t n = read(c->fd, c->in + c->in_len, CHUNK);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->in_len += (size_t)n;
	chan_limit(c);
	return n > 0;
}

char *chan_line(struct chan *c, size_t *ret_len)
{
	for (;;) {
		if (c->line_len)
			chan_consume(c, c->line_len);
		c->line_len = 0;
		char *end = c->in_len ? memchr(c->in, '\n', c->in_len) : NULL;
		if (!end)
			return NULL;
		size_t n = (size_t)(end - c->in);
		c->line_len = n + 1;
		bool whole = !c->skipping && n <= c->max_line;
		c->skipping = false;
		if (!whole)
			continue;
		if (n > 0 && c->in[n - 1] == '\r') /* QMP ends its lines so */
			n--;
		c->in[n] = 0;
		if (ret_len)
			*ret_len = n;
		return c->in;
	}
}

void chan_discard(struct chan *c)
{
	char buf[CHUNK];

	/* Bounded: the other side may write as fast as we read. */
	for (int i = 0; i < 64 && c->fd >= 0 && read(c->fd, buf, sizeof(buf)) > 0; i++)
		;
	mem_wipe(buf, sizeof(buf));
	if (c->in)
		mem_wipe(c->in, c->in_cap);
	c->in_len = c->line_len = 0;
	c->skipping = false;
}

bool chan_flush(struct chan *c)
{
	while (c->fd >= 0 && c->out_len > 0) {
		ssize_t n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		memmove(c->out, c->out + n, c->out_len - (size_t)n);
		mem_wipe(c->out + c->out_len - (size_t)n, (size_t)n);
		c->out_len -= (size_t)n;
	}
	return c->fd >= 0;
}

bool chan_send(struct chan *c, const char *text)
{
	size_t n = strlen(text);

	if (c->fd < 0 || n + 1 > OUT_MAX - c->out_len)
		return false;
	chan_grow(&c->out, &c->out_cap, c->out_len, c->out_len + n + 1);
	memcpy(c->out + c->out_len, text, n);
	c->out[c->out_len + n] = '\n';
	c->out_len += n + 1;
	return chan_flush(c);
}

bool chan_send_json(struct chan *c, const cJSON *tree)
{
	auto_secret char *text = json_print(tree, 0);

	return chan_send(c, text);
}

short chan_events(const struct chan *c)
{
	return (short)(POLLIN | (c->out_len ? POLLOUT : 0));
}
