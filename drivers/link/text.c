/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/link/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"

#define TAIL_BYTES 16384
#define LINE_MAX_BYTES 240

/* Length of an escape sequence at p: ESC, then a control sequence "[...letter" or one more byte. */
static size_t text_escape(const char *p, size_t left)
{
	size_t n = 2;

	if (left < 2)
		return left;
	if (p[1] != '[')
		return 2;
	while (n < left && !(p[n] >= 0x40 && p[n] <= 0x7e))
		n++;
	return n < left ? n + 1 : left;
}

void text_clean(struct str *s, const char *text, size_t len, size_t max, bool keep_lines)
{
	size_t start = s->len;

	for (size_t i = 0; i < len && s->len - start < max; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == 0x1b)
			i += text_escape(text + i, len - i) - 1;
		else if (c == '\n' && keep_lines)
			str_add_char(s, '\n');
		else if (c == '\t' || (c == '\n' && s->len > start))
			str_add_char(s, ' ');
		else if (c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0)
			i++; /* C1 control characters in UTF-8 */
		else if (c >= 0x20 && c != 0x7f)
			str_add_char(s, (char)c);
	}
}

char *text_tail(const char *text, size_t len, int n)
{
	auto_str clean = STR_INIT, out = STR_INIT;
	auto_list lines = { 0 };
	size_t first = 0;

	text_clean(&clean, text, len, TAIL_BYTES, true);
	list_split(&lines, clean.buf, '\n', true);
	if (lines.n > (size_t)n)
		first = lines.n - (size_t)n;
	for (size_t i = first; i < lines.n; i++)
		str_addf(&out, "%s    %.*s", i > first ? "\n" : "", LINE_MAX_BYTES, lines.items[i]);
	return str_detach(&out);
}

char *text_console_tail(const char *path, int n)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char buf[TAIL_BYTES];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return xstrdup("");
	off_t from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
	ssize_t got = pread(fd, buf, sizeof(buf), from);
	return got > 0 ? text_tail(buf, (size_t)got, n) : xstrdup("");
}
