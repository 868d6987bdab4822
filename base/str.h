/* SPDX-License-Identifier: Apache-2.0 */
/* Texts: comparing them, and a growing string: never NULL, always ended by a NUL byte, may hold NUL bytes inside. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

bool str_eq(const char *a, const char *b); /* both NULL or the same text */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

struct str {
	char *buf; /* str_init's constant until the first byte; never write through it by hand */
	size_t len;
	size_t cap; /* 0: buf is the constant */
};

extern char str_empty_buf[];
#define STR_INIT                                                                                                       \
	{                                                                                                              \
		str_empty_buf, 0, 0                                                                                    \
	}

void str_release(struct str *s);
#define auto_str __attribute__((cleanup(str_release))) struct str

void str_add(struct str *s, const char *text);
void str_add_mem(struct str *s, const void *data, size_t n);
void str_add_char(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_vaddf(struct str *s, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
void str_clear(struct str *s);
void str_cut(struct str *s, size_t len); /* not longer than it is */
void str_trim_end(struct str *s);	 /* white space at the end */

/* The text itself, now the caller's to free; s is empty again. */
char *str_detach(struct str *s);

/* No shell takes a character of it for anything but itself. */
bool str_is_plain_word(const char *text);
/* Append text quoted for a POSIX shell; plain words stay plain. */
void str_add_shell(struct str *s, const char *text);

#endif
