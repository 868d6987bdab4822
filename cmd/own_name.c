/* SPDX-License-Identifier: Apache-2.0 */
/* Hints are written as `machine start dev`; whoever called the tool in another way is told what works for that one. */
#include "cmd/own_name.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/commands.h"

#define WRITTEN "machine "
#define WORD_LETTERS "abcdefghijklmnopqrstuvwxyz-"

/* What is decided about one command in a hint. */
struct own {
	const struct app *app;
	const char *rest; /* of the hint, behind the command's name */
};

/* Those that change what is looked at; not what is accepted without effect, which holds secrets. */
static bool own_global(void *data, const struct opt *o)
{
	(void)data;
	return !o->hidden && o->type == OPT_STRING;
}

static bool own_has(const char *text, const char *dashes, const char *name)
{
	auto_free char *option = xasprintf(" %s%s ", dashes, name);
	size_t len = strcspn(text, ".,;:)`\n");
	auto_free char *sentence = xasprintf(" %.*s ", (int)len, text);

	return strstr(sentence, option);
}

static bool own_names(const char *text, const struct opt *o)
{
	return own_has(text, "--", o->name) || (o->letter && own_has(text, "-", o->letter));
}

/*
 * The user's own, unless it may be a secret (hints land in logs), or the hint has another value of it, or another driver,
 * whose options are not these.
 */
static bool own_option(void *data, const struct opt *o)
{
	static const struct opt driver = { .name = "driver", .letter = "d" };
	const struct own *own = data;
	bool common = false;

	if (o->secret)
		return false;
	for (size_t i = 0; i < 2 && own->app->tables[i]; i++)
		for (const struct opt *t = own->app->tables[i]; t->name; t++)
			common |= t == o;
	return !own_names(own->rest, o) && (common || !own_names(own->rest, &driver));
}

/* "machine" and a command: the word alone is a machine. The length of the command's name, 0: it is none. */
static size_t own_name_at(const char *text, const char *at)
{
	const char *word = at + strlen(WRITTEN);
	size_t len = strspn(word, WORD_LETTERS);
	auto_free char *command = xstrndup(word, len);

	if ((at != text && !strchr(" '`(", at[-1])) || !len)
		return 0;
	return cmd_find(command) || str_eq(command, "--debug") || str_eq(command, "--help") ? len : 0;
}

/* Help is the same whatever is looked at. */
static bool own_is_help(const char *word, size_t len)
{
	return str_starts(word, "--help") || str_starts(word, "help ") || own_has(word + len, "--", "help");
}

static void own_add(const struct app *app, struct str *out, const char *word, size_t len)
{
	struct own own = { app, word + len };
	bool help = own_is_help(word, len);

	str_add_shell(out, app->argv0);
	if (!help)
		opts_add_words(out, &app->global, own_global, NULL);
	str_addf(out, " %.*s", (int)len, word);
	if (!help && app->cmd && strlen(app->cmd->name) == len && strncmp(app->cmd->name, word, len) == 0)
		opts_add_words(out, &app->opts, own_option, &own);
}

char *own_name(const struct app *app, const char *text)
{
	struct str out = STR_INIT;
	const char *from = text;

	for (const char *at = strstr(text, WRITTEN); at; at = strstr(at + 1, WRITTEN)) {
		const char *word = at + strlen(WRITTEN);
		size_t len = own_name_at(text, at);

		if (!len)
			continue;
		str_add_mem(&out, from, (size_t)(at - from));
		own_add(app, &out, word, len);
		from = word + len;
	}
	str_add(&out, from);
	return str_detach(&out);
}
