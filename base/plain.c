/* SPDX-License-Identifier: Apache-2.0 */
#include "base/plain.h"

#include <string.h>

#include "base/utf8.h"

#define ESCAPE 0x1b

static size_t plain_span(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && (unsigned char)text[n] >= 0x20 && (unsigned char)text[n] < 0x7f)
		n++;
	return n;
}

/* Those that a terminal, or whoever reads what it shows, is misled by. */
static bool plain_is_harmful(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0, 0x1f },	    { 0x7f, 0x9f },	  { 0x061c, 0x061c },		{ 0x200b, 0x200b },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e },	  { 0x2060, 0x206f },		{ 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0xe0000, 0xe007f }, { UTF8_BROKEN, UTF8_BROKEN },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Bytes from..to at text, while there are some. */
static size_t plain_skip(const char *text, size_t len, size_t at, unsigned char from, unsigned char to)
{
	while (at < len && (unsigned char)text[at] >= from && (unsigned char)text[at] <= to)
		at++;
	return at;
}

/* Past a string that a terminal takes up to BEL or ESC \; one without an end goes to the end of its line. */
static size_t plain_skip_string(const char *text, size_t len, size_t at)
{
	while (at < len && text[at] != '\a' && text[at] != '\n' && text[at] != ESCAPE)
		at++;
	if (at < len && text[at] == '\a')
		return at + 1;
	return at + 1 < len && text[at] == ESCAPE && text[at + 1] == '\\' ? at + 2 : at;
}

/* The length of the escape sequence at text (ECMA-48): it begins with ESC and a character, or with the C1 control for both. */
static size_t plain_sequence(const char *text, size_t len, uint32_t c)
{
	char kind = c == ESCAPE ? (len > 1 ? text[1] : '\0') : (char)(c - 0x40);
	size_t at = 2;

	if (kind == '[') {
		at = plain_skip(text, len, at, 0x30, 0x3f);
		at = plain_skip(text, len, at, 0x20, 0x2f);
		return at < len && (unsigned char)text[at] >= 0x40 && (unsigned char)text[at] < 0x7f ? at + 1 : at;
	}
	if (kind && strchr("]PX^_", kind))
		return plain_skip_string(text, len, at);
	if (c != ESCAPE)
		return at;
	at = plain_skip(text, len, 1, 0x20, 0x2f);
	return at < len && (unsigned char)text[at] >= 0x30 && (unsigned char)text[at] < 0x7f ? at + 1 : at;
}

static void plain_show(struct str *s, unsigned char byte, uint32_t c)
{
	if (c == UTF8_BROKEN || c < 0x80)
		str_addf(s, "\\x%02x", byte);
	else
		str_addf(s, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
}

/* One that is not plain ASCII; how many bytes of text it took. */
static size_t plain_add_one(struct str *s, const char *text, size_t len, unsigned how)
{
	uint32_t c;
	size_t n = utf8_next(text, &c);

	if (c == '\n' || c == '\t')
		str_add_char(s, how & PLAIN_LINES ? (char)c : ' ');
	else if (c == '\r' && (how & PLAIN_DROP || (len > 1 && text[1] == '\n')))
		return n;
	else if (!plain_is_harmful(c))
		str_add_mem(s, text, n);
	else if (!(how & PLAIN_DROP))
		plain_show(s, (unsigned char)*text, c);
	else if (c == ESCAPE || (c >= 0x80 && c < 0xa0))
		return plain_sequence(text, len, c);
	return n;
}

void plain_add(struct str *s, const char *text, size_t len, size_t max, unsigned how)
{
	size_t end = max ? s->len + max : SIZE_MAX;

	for (size_t at = 0, n; at < len; at += n) {
		size_t before = s->len, room = end - before;
		bool cut;

		n = plain_span(text + at, len - at);
		cut = n > room;
		if (n) {
			str_add_mem(s, text + at, cut ? room : n);
		} else {
			n = plain_add_one(s, text + at, len - at, how);
			cut = s->len > end;
			str_cut(s, cut ? before : s->len);
		}
		if (cut) {
			str_add(s, "...");
			return;
		}
	}
}

char *plain_text(const char *text, size_t max, unsigned how)
{
	struct str s = STR_INIT;

	plain_add(&s, text, strlen(text), max, how);
	return str_detach(&s);
}
