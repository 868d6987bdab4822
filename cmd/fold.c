/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/fold.h"

#include <ctype.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"

#define COLUMNS_LEAST 40

/* The length of what is in quotes at text, with them; 0: none that ends on this line. */
static size_t fold_quoted(const char *text)
{
	char quote = *text;
	size_t n = 1;

	if (!quote || !strchr("'`\"", quote))
		return 0;
	while (text[n] && text[n] != '\n' && !(text[n] == quote && !isalnum((unsigned char)text[n + 1])))
		n++;
	return text[n] == quote ? n + 1 : 0;
}

/* A command ends with its sentence: a full stop inside a name is followed by no blank. */
static size_t fold_command(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != '\n' && !(strchr(".;", text[n]) && text[n + 1] == ' ')) {
		size_t quoted = n && text[n - 1] == ' ' ? fold_quoted(text + n) : 0;

		n += quoted ? quoted : 1;
	}
	return n;
}

/* What stays on one line, from text on. */
static size_t fold_unit(const char *text, bool command)
{
	size_t n = command ? fold_command(text) : 0;

	while (text[n] && text[n] != ' ' && text[n] != '\n') {
		size_t quoted = n == 0 || text[n - 1] == '(' ? fold_quoted(text + n) : 0;

		n += quoted ? quoted : 1;
	}
	return n;
}

static size_t fold_width(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

char *fold_text(const char *text, size_t columns, size_t indent, bool commands)
{
	struct str out = STR_INIT;
	const char *begin = text;
	size_t at = 0;
	bool command = false;

	while (*text) {
		size_t blanks = strspn(text, " "), len = fold_unit(text + blanks, command && commands);
		size_t width = fold_width(text + blanks, len);

		if (columns && at > indent && len && at + blanks + width > columns) {
			str_addf(&out, "\n%*s", (int)indent, "");
			at = indent;
			text += blanks;
			blanks = 0;
		}
		str_add_mem(&out, text, blanks + len);
		at += blanks + width;
		command = len && text != begin && text[blanks + len - 1] == ':';
		text += blanks + len;
		if (*text == '\n') {
			str_add_char(&out, *text++);
			at = 0;
		}
	}
	return str_detach(&out);
}

size_t fold_columns(FILE *out)
{
	struct winsize w;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &w) < 0 || !w.ws_col)
		return 0;
	return w.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : w.ws_col;
}
