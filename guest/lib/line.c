/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/line.h"

#include <string.h>

static void lines_end(struct lines *l, void (*fn)(void *arg, char *line, size_t len), void *arg)
{
	if (l->skip) {
		fn(arg, NULL, 0);
	} else {
		if (l->len > 0 && l->buf[l->len - 1] == '\r')
			l->len--;
		l->buf[l->len] = '\0';
		fn(arg, l->buf, l->len);
	}
	l->skip = false;
	l->len = 0;
}

void lines_feed(struct lines *l, const char *data, size_t len, void (*fn)(void *arg, char *line, size_t len), void *arg)
{
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;

		if (n > l->size - 1 - l->len)
			l->skip = true;
		if (!l->skip) {
			memcpy(l->buf + l->len, data, n);
			l->len += n;
		}
		if (!end)
			return;
		lines_end(l, fn, arg);
		data += n + 1;
		len -= n + 1;
	}
}
