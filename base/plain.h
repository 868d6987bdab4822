/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that are not ours (a guest's, an engine's, a record's, a file's) before a terminal sees them: control characters and
 * escape sequences, in UTF-8 and as bytes, marks that turn the direction of writing, and bytes that are no UTF-8 do nothing
 * there. What has none of them stays as it is.
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stddef.h>

#include "base/str.h"

enum plain_how {
	PLAIN_LINES = 1 << 0, /* ends of lines and tabs stay; otherwise they become blanks */
	PLAIN_DROP = 1 << 1   /* escape sequences vanish; otherwise they are shown, as \x1b */
};

#define PLAIN_MESSAGE_MAX 8192 /* of an error, a hint, a line of progress */
#define PLAIN_VALUE_MAX 4096   /* of one value among others */

/* Append at most max bytes of it and "..." where it was cut; max 0: all of it. text ends with a NUL and may hold others. */
void plain_add(struct str *s, const char *text, size_t len, size_t max, unsigned how);
/* The same of a whole string; the caller frees. */
char *plain_text(const char *text, size_t max, unsigned how);

#endif
