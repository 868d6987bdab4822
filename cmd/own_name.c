/* SPDX-License-Identifier: Apache-2.0 */
/* Hints are written as `machine start dev`; whoever called the tool by another name is told that name. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/app.h"

#define WRITTEN "machine "

/* "machine" and a command: the word alone is a machine. */
static bool own_name_at(const char *text, const char *at)
{
	const char *word = at + strlen(WRITTEN);
	auto_free char *command = xstrndup(word, strspn(word, "abcdefghijklmnopqrstuvwxyz-"));

	return (at == text || strchr(" '`(", at[-1])) && *command && cmd_find(command);
}

char *own_name(const struct app *app, const char *text)
{
	struct str out = STR_INIT;
	const char *from = text;

	for (const char *at = strstr(text, WRITTEN); at; at = strstr(at + 1, WRITTEN)) {
		if (!own_name_at(text, at))
			continue;
		str_add_mem(&out, from, (size_t)(at - from));
		str_addf(&out, "%s ", app->argv0);
		from = at + strlen(WRITTEN);
	}
	str_add(&out, from);
	return str_detach(&out);
}
