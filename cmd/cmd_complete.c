/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion: `__complete WORD...` prints what the last word could become, one on each line, with what it means after a
 * tab; a candidate that wants more ends in '=' or ':'. The line ":files" asks the shell for names of files. All of it comes
 * from the tables; the scripts of the shells (`completion SHELL`) only ask and show.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/create_opts.h"
#include "core/machine.h"
#include "core/record.h"
#include "core/store.h"
#include "drivers/registry.h"

#define FILES ":files\n"

struct completion {
	struct app *app;
	const char *word;   /* to be completed */
	const char *before; /* "--filter=" of "--filter=st": stays before each candidate */
	const char *driver; /* of create: whose options are told; NULL: the default one's */
};

static void offer(const struct completion *c, const char *text, const char *end, const char *meaning)
{
	if (str_starts(text, c->word))
		ANSWER("%s%s%s%s%s\n", c->before, text, end, meaning && *meaning ? "\t" : "", meaning ? meaning : "");
}

static void offer_machines(const struct completion *c, const char *end)
{
	auto_list names = { 0 };

	IGNORE(store_list(&c->app->core, &names));
	for (size_t i = 0; i < names.n; i++)
		offer(c, names.items[i], end, NULL);
}

static void offer_commands(const struct completion *c)
{
	for (const struct cmd *const *k = cmd_table; *k; k++)
		if (!((*k)->flags & CMD_HIDDEN))
			offer(c, (*k)->name, "", (*k)->summary);
}

static void offer_drivers(const struct completion *c)
{
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d))
		offer(c, d->name, "", d->summary);
}

static void offer_words(const struct completion *c, const char *const *words)
{
	for (; *words; words++)
		offer(c, *words, "", NULL);
}

static void offer_filter(struct completion *c)
{
	static const char *const keys[] = { "driver=", "label=", "name=", "state=", "swarm=", NULL };
	const char *equals = strchr(c->word, '=');

	if (!equals) {
		offer_words(c, keys);
		return;
	}
	auto_free char *before = xasprintf("%s%.*s", c->before, (int)(equals + 1 - c->word), c->word);
	struct completion value = *c;
	value.before = before;
	value.word = equals + 1;
	if (str_starts(c->word, "state="))
		for (int s = STATE_RUNNING; s <= STATE_TIMEOUT; s++)
			offer(&value, machine_state_name((enum machine_state)s), "", NULL);
	else if (str_starts(c->word, "driver="))
		offer_drivers(&value);
	else if (str_starts(c->word, "name="))
		offer_machines(&value, "");
}

static void offer_value(struct completion *c, const struct opt *o)
{
	static const char *const shells[] = { "bash", "cmd", "emacs", "fish", "powershell", "sh", "tcsh", "zsh", NULL };

	if (str_eq(o->name, "driver"))
		offer_drivers(c);
	else if (str_eq(o->name, "shell"))
		offer_words(c, shells);
	else if (str_eq(o->name, "filter"))
		offer_filter(c);
	else if (o->type == OPT_STRING || o->type == OPT_LIST)
		ANSWER(FILES);
}

static void offer_options(const struct completion *c, const struct opt *const *tables)
{
	const char *dashes = str_starts(c->word, "--") || str_eq(c->word, "-") ? "--" : "-";

	for (const struct opt *const *t = tables; *t; t++)
		for (const struct opt *o = *t; o->name; o++) {
			auto_free char *text = xasprintf("%s%s", dashes, o->name);

			if (!o->hidden)
				offer(c, text, "", o->help);
		}
}

/* The option that a word names, with one or two dashes; NULL when it is none. len: without "=value". */
static const struct opt *find_option(const struct opt *const *tables, const char *word, size_t len)
{
	size_t dashes = str_starts(word, "--") ? 2 : 1;

	if (*word != '-' || len <= dashes)
		return NULL;
	word += dashes;
	len -= dashes;
	for (const struct opt *const *t = tables; *t; t++)
		for (const struct opt *o = *t; o->name; o++)
			if ((strlen(o->name) == len && strncmp(o->name, word, len) == 0) ||
			    (o->letter && strlen(o->letter) == len && strncmp(o->letter, word, len) == 0))
				return o;
	return NULL;
}

static bool takes_value(const struct opt *o)
{
	return o && o->type != OPT_FLAG;
}

static void offer_arguments(const struct completion *c, const struct cmd *cmd)
{
	static const char *const shells[] = { "bash", "fish", "zsh", NULL };

	switch (cmd->words) {
	case CMD_WORDS_NONE:
		break;
	case CMD_WORDS_MACHINES:
		offer_machines(c, "");
		break;
	case CMD_WORDS_PLACES:
		if (!strchr(c->word, ':'))
			offer_machines(c, ":");
		ANSWER(FILES);
		break;
	case CMD_WORDS_COMMANDS:
		offer_commands(c);
		break;
	case CMD_WORDS_DRIVERS:
		offer_drivers(c);
		break;
	case CMD_WORDS_SHELLS:
		offer_words(c, shells);
		break;
	}
}

/* create's tables without those of drivers that are not meant. */
static void own_tables(struct completion *c, const struct opt *const *all, const struct opt **ret)
{
	const struct driver *mine = driver_resolve(c->driver ? c->driver : CREATE_DEFAULT_DRIVER);

	for (; *all; all++) {
		bool other = false;

		for (const struct driver *d = driver_next(NULL); d; d = driver_next(d))
			other |= d->opts == *all && d != mine;
		if (!other)
			*ret++ = *all;
	}
	*ret = NULL;
}

/* words[0..n) stand between the command and the word. */
static void complete_command(struct completion *c, const struct cmd *cmd, char *const *words, int n)
{
	const struct opt *all[CMD_TABLES_MAX], *tables[CMD_TABLES_MAX];
	const char *equals = strchr(c->word, '=');
	const struct opt *before = NULL;

	cmd_tables(cmd, all, CMD_TABLES_MAX);
	for (int i = 0; i < n; i++) {
		size_t len = strcspn(words[i], "=");
		const struct opt *o = find_option(all, words[i], len);
		const char *value = words[i][len] ? words[i] + len + 1 : NULL;

		if (takes_value(o) && !value && i + 1 == n)
			before = o;
		else if (takes_value(o) && !value)
			value = words[++i];
		if (o && value && str_eq(o->name, "driver"))
			c->driver = value;
	}
	own_tables(c, all, tables);
	if (before) {
		offer_value(c, before);
	} else if (*c->word == '-' && equals) {
		const struct opt *o = find_option(all, c->word, (size_t)(equals - c->word));
		auto_free char *stays = xstrndup(c->word, (size_t)(equals + 1 - c->word));

		c->before = stays;
		c->word = equals + 1;
		if (o)
			offer_value(c, o);
		c->before = "";
	} else if (*c->word == '-') {
		offer_options(c, tables);
	} else {
		offer_arguments(c, cmd);
	}
}

/* The store that the line names. */
static struct err *complete_store(struct app *app, const char *path)
{
	core_release(&app->core);
	app->core = (struct core){ .prog = app->core.prog };
	return core_init(&app->core, path, "", "", "", "");
}

static struct err *complete_run(struct app *app, int argc, char *const *argv)
{
	static const struct opt *const globals[] = { app_opts, NULL };
	struct completion c = { app, argc ? argv[argc - 1] : "", "", NULL };
	const struct opt *before = NULL;
	int i;

	for (i = 0; i < argc - 1 && *argv[i] == '-'; i++) {
		size_t len = strcspn(argv[i], "=");
		const struct opt *o = find_option(globals, argv[i], len);
		const char *value = argv[i][len] ? argv[i] + len + 1 : NULL;

		if (takes_value(o) && !value && i + 2 == argc)
			before = o;
		else if (takes_value(o) && !value)
			value = argv[++i];
		if (o && value && str_eq(o->name, "storage-path"))
			TRY(complete_store(app, value));
	}
	if (i < argc - 1) {
		const struct cmd *cmd = cmd_find(argv[i]);

		if (cmd)
			complete_command(&c, cmd, argv + i + 1, argc - i - 2);
	} else if (before) {
		offer_value(&c, before);
	} else if (*c.word == '-') {
		offer_options(&c, globals);
	} else {
		offer_commands(&c);
	}
	return NULL;
}

const struct cmd cmd_complete = {
	.name = "__complete",
	.args = "WORD...",
	.summary = "What the last word could become (for the shells)",
	.flags = CMD_HIDDEN | CMD_VERBATIM,
	.run_verbatim = complete_run,
};
