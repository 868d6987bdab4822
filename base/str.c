/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

char str_empty_buf[1];

void str_release(struct str *s)
{
	if (s->cap)
		free(s->buf);
	*s = (struct str)STR_INIT;
}

/* Room for extra bytes and the NUL at the end. */
static void str_reserve(struct str *s, size_t extra)
{
	if (extra > SIZE_MAX / 4 || s->len > SIZE_MAX / 4)
		abort();

	size_t need = s->len + extra + 1;

	if (need <= s->cap)
		return;

	size_t cap = s->cap ? s->cap * 2 : 64;

	if (cap < need)
		cap = need;
	s->buf = xrealloc(s->cap ? s->buf : NULL, cap);
	s->cap = cap;
	s->buf[s->len] = '\0';
}

void str_add_mem(struct str *s, const void *data, size_t n)
{
	if (!n)
		return;
	str_reserve(s, n);
	memcpy(s->buf + s->len, data, n);
	s->len += n;
	s->buf[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_mem(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
	str_add_mem(s, &c, 1);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	str_vaddf(s, fmt, args);
	va_end(args);
}

void str_vaddf(struct str *s, const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	str_reserve(s, (size_t)n);
	vsnprintf(s->buf + s->len, (size_t)n + 1, fmt, args);
	s->len += (size_t)n;
}

void str_cut(struct str *s, size_t len)
{
	s->len = len;
	if (s->cap)
		s->buf[len] = '\0';
}

void str_clear(struct str *s)
{
	str_cut(s, 0);
}

void str_trim_end(struct str *s)
{
	size_t len = s->len;

	while (len && isspace((unsigned char)s->buf[len - 1]))
		len--;
	str_cut(s, len);
}

char *str_detach(struct str *s)
{
	char *text = s->cap ? s->buf : xstrdup("");

	*s = (struct str)STR_INIT;
	return text;
}

bool str_is_plain_word(const char *text)
{
	return *text &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-")] == '\0';
}

void str_add_shell(struct str *s, const char *text)
{
	if (str_is_plain_word(text)) {
		str_add(s, text);
		return;
	}
	str_add_char(s, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			str_add(s, "'\\''");
		else
			str_add_char(s, *text);
	}
	str_add_char(s, '\'');
}
