/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/lines.h"

#include <string.h>

#include "base/mem.h"

bool line_next(const char **at, struct line *ret)
{
	size_t len = strcspn(*at, "\n");

	if (!**at)
		return false;
	ret->text = *at;
	ret->len = len;
	*at += len + ((*at)[len] == '\n');
	if (ret->len && ret->text[ret->len - 1] == '\r') /* Windows' VBoxManage.exe */
		ret->len--;
	return true;
}

bool line_starts(const struct line *l, const char *prefix)
{
	size_t n = strlen(prefix);

	return l->len >= n && memcmp(l->text, prefix, n) == 0;
}

const char *line_find(const struct line *l, const char *text)
{
	return memmem(l->text, l->len, text, strlen(text));
}

bool line_has(const struct line *l, const char *text)
{
	return line_find(l, text) != NULL;
}

char *line_value(const struct line *l, const char *key)
{
	size_t from = strlen(key), to = l->len;

	if (!line_starts(l, key) || from >= to || l->text[from] != ':')
		return NULL;
	from++;
	while (from < to && l->text[from] == ' ')
		from++;
	while (to > from && l->text[to - 1] == ' ')
		to--;
	return xstrndup(l->text + from, to - from);
}
