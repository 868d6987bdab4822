/* SPDX-License-Identifier: Apache-2.0 */
/* Go's strconv.Unquote for texts and character constants. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "gotext/unquote.h"

static int unquote_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : 99;
}

/* One number of an escape: so many digits of that base. */
static bool unquote_number(const char **p, int digits, int base, uint32_t *ret)
{
	*ret = 0;
	for (; digits; digits--, (*p)++) {
		int digit = unquote_digit(**p);

		if (digit >= base)
			return false;
		*ret = *ret * (uint32_t)base + (uint32_t)digit;
	}
	return true;
}

/* What follows a backslash, as in Go; false when Go has no such escape, or when it is a NUL, which no string of ours has. */
static bool unquote_escape(const char **p, char quote, struct str *s)
{
	static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	char c = *(*p)++;
	const char *name = c ? strchr(names, c) : NULL;
	uint32_t code;

	if (name || c == quote) {
		str_add_char(s, name ? values[name - names] : c);
		return true;
	}
	if (c == 'x' || (c >= '0' && c <= '7')) {
		*p -= c != 'x';
		if (!unquote_number(p, c == 'x' ? 2 : 3, c == 'x' ? 16 : 8, &code) || !code || code > 0xff)
			return false;
		str_add_char(s, (char)code);
		return true;
	}
	if (c != 'u' && c != 'U')
		return false;
	if (!unquote_number(p, c == 'u' ? 4 : 8, 16, &code) || !code || code > 0x10ffff || (code >> 11) == 0x1b)
		return false;
	utf8_add(s, code);
	return true;
}

bool gotext_unquote(const char *text, struct str *s)
{
	char quote = *text;
	const char *p = text + 1;

	while (*p && *p != quote) {
		if (*p != '\\') {
			str_add_char(s, *p++);
			continue;
		}
		p++;
		if (!unquote_escape(&p, quote, s))
			return false;
	}
	return true;
}
