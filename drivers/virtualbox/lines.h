/* SPDX-License-Identifier: Apache-2.0 */
/* A text line by line, without copies. */
#ifndef DRIVERS_VIRTUALBOX_LINES_H
#define DRIVERS_VIRTUALBOX_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct line {
	const char *text; /* not ended by NUL */
	size_t len;	  /* without its line end */
};

/* The next one of *at, which is moved on; false at the end. A last line without an end counts. */
bool line_next(const char **at, struct line *ret);
bool line_starts(const struct line *l, const char *prefix);
/* Where text stands in it; NULL: nowhere. */
const char *line_find(const struct line *l, const char *text);
bool line_has(const struct line *l, const char *text);

/* "Key:   value" of a list. The value goes up to the line's end, blanks at both ends left out; the caller frees. NULL: another key. */
char *line_value(const struct line *l, const char *key);

#endif
