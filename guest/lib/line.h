/* SPDX-License-Identifier: Apache-2.0 */
/* Lines out of a stream of bytes, none longer than the buffer. */
#ifndef GUEST_LIB_LINE_H
#define GUEST_LIB_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	char *buf;
	size_t size; /* of buf; a line may have size - 1 bytes */
	size_t len;
	bool skip; /* the rest of a line that was too long */
};

/*
 * Takes data in; calls fn for each whole line, NUL instead of its newline, without a carriage
 * return at its end. A line that is too long is one call with line NULL. fn may change the line.
 */
void lines_feed(struct lines *l, const char *data, size_t len, void (*fn)(void *arg, char *line, size_t len),
		void *arg);

#endif
