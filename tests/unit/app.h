/* SPDX-License-Identifier: Apache-2.0 */
/* For unit tests of cmd/: a call of the program with a store of its own, what it answered, and the text of an error. */
#ifndef TESTS_UNIT_APP_H
#define TESTS_UNIT_APP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/opt_parse.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/commands.h"

static char app_store[64];

/* A store without machines, and the names of the program that argv[0] gives. */
static inline void app_begin(struct app *app, const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	strcpy(app_store, "/tmp/unit-app.XXXXXX");
	assert_non_null(mkdtemp(app_store));
	*app = (struct app){ .argv0 = argv0 };
	app->core.prog = slash ? slash + 1 : argv0;
	assert_null(core_init(&app->core, app_store, "", "", "", ""));
}

static inline void app_end(struct app *app)
{
	opts_release(&app->opts);
	opts_release(&app->global);
	core_release(&app->core);
	assert_null(fs_remove_tree(app_store));
}

/* A machine of that name in the store. more: further members of its record, each with a comma in front. */
static inline void app_machine(const char *name, const char *driver, const char *more)
{
	auto_free char *dir = xasprintf("%s/machines/%s", app_store, name);
	auto_free char *file = xasprintf("%s/config.json", dir);
	auto_free char *record = xasprintf("{\"ConfigVersion\": 3, \"Name\": \"%s\", \"DriverName\": \"%s\", "
					   "\"Driver\": {\"URL\": \"tcp://192.0.2.1:2376\"}%s}",
					   name, driver, more);

	assert_null(fs_mkdirs(dir, 0700));
	assert_null(fs_write(file, record, strlen(record), 0600));
}

/* The words of a command line, split at blanks, in place. */
static inline int app_split(char *line, char **words, int max)
{
	int n = 0;

	for (char *word = strtok(line, " "); word && n < max; word = strtok(NULL, " "))
		words[n++] = word;
	return n;
}

/* Parse the options of a command as main does. The words stay until the next call. */
static inline struct err *app_parse(struct app *app, const char *command, const char *line)
{
	static char copy[1024];
	static char *words[32];

	snprintf(copy, sizeof(copy), "%s", line);
	opts_release(&app->opts);
	app->opts = (struct opts){ 0 };
	app->cmd = cmd_find(command);
	assert_non_null(app->cmd);
	cmd_tables(app->cmd, app->tables, CMD_TABLES_MAX);
	return opts_parse(&app->opts, app->tables, app_split(copy, words, 32), words, app->cmd->flags & CMD_RAW_TAIL);
}

static FILE *app_stdout;
static char *app_answer;
static size_t app_answer_len;

/* What is answered from now on is kept. */
static inline void app_listen(void)
{
	app_stdout = stdout;
	stdout = open_memstream(&app_answer, &app_answer_len);
}

/* What was answered since; the caller frees. */
static inline char *app_heard(void)
{
	fclose(stdout);
	stdout = app_stdout;
	return TAKE(app_answer);
}

/* The code and the text of an error as they must be; frees it. text NULL: there must be none. */
static inline void app_is_error(struct err *e, enum err_code code, const char *text)
{
	auto_free char *got = e ? err_text(e) : NULL;

	if ((text == NULL) != (got == NULL) || (text && (e->code != code || strcmp(got, text) != 0)))
		fail_msg("got %d %s, not %d %s", e ? (int)e->code : 0, got ? got : "no error", (int)code,
			 text ? text : "no error");
	err_free(e);
}

#endif
