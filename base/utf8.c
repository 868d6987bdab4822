/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

size_t utf8_next(const char *text, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
	uint32_t c = n > 1 ? p[0] & (0xffu >> (n + 1)) : p[0];

	/* A NUL at the end is no continuation byte, so this does not read past it. */
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			n = 0;
			break;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	/* Not overlong, no half of a surrogate pair, not past the last code point. */
	if (n == 0 || c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) {
		*ret = UTF8_BROKEN;
		return 1;
	}
	*ret = c;
	return n;
}

size_t utf8_count(const char *text)
{
	size_t count = 0;
	uint32_t c;

	for (; *text; count++)
		text += utf8_next(text, &c);
	return count;
}

void utf8_add(struct str *s, uint32_t c)
{
	if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		c = 0xfffd;
	if (c < 0x80) {
		str_add_char(s, (char)c);
	} else if (c < 0x800) {
		str_add_char(s, (char)(0xc0 | c >> 6));
		str_add_char(s, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		str_add_char(s, (char)(0xe0 | c >> 12));
		str_add_char(s, (char)(0x80 | (c >> 6 & 0x3f)));
		str_add_char(s, (char)(0x80 | (c & 0x3f)));
	} else {
		str_add_char(s, (char)(0xf0 | c >> 18));
		str_add_char(s, (char)(0x80 | (c >> 12 & 0x3f)));
		str_add_char(s, (char)(0x80 | (c >> 6 & 0x3f)));
		str_add_char(s, (char)(0x80 | (c & 0x3f)));
	}
}
