/* SPDX-License-Identifier: Apache-2.0 */
/* logs: what a machine's console said, and what its processes on this host did. */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/driver_call.h"
#include "core/machine.h"
#include "core/store.h"

#define LOG_MAX ((size_t)64 * 1024 * 1024)

static const struct opt logs_opts[] = {
	{ "tail", NULL, OPT_INT, NULL, NULL, "Only so many lines of each, the last ones" }, { 0 }
};

static const char *logs_last(const char *text, int64_t lines)
{
	const char *at = text + strlen(text);

	if (lines <= 0)
		return text;
	if (at > text && at[-1] == '\n')
		at--;
	while (at > text && (at[-1] != '\n' || --lines > 0))
		at--;
	return at;
}

static struct err *logs_file(const struct app *app, const char *machine, const char *path, int64_t lines)
{
	const char *slash = strrchr(path, '/');
	auto_free char *raw = NULL;
	auto_str text = STR_INIT;
	size_t len = 0;

	TRY(fs_read(path, LOG_MAX, &raw, &len));
	/* A guest's words are not a terminal's, and its colours are no part of a log. */
	plain_add(&text, raw, len, 0, PLAIN_LINES | PLAIN_DROP);
	const char *last = logs_last(text.buf, lines);
	if (app->json) {
		cJSON *o = json_object();

		json_set_str(o, "Name", machine);
		json_set_str(o, "File", path);
		json_set_str(o, "Text", last);
		answer_json(stdout, o);
		return NULL;
	}
	len = strlen(last);
	ANSWER("==> %s <==\n%s%s", slash ? slash + 1 : path, last, len && last[len - 1] != '\n' ? "\n" : "");
	return NULL;
}

/* The console, then the other logs of the folder. */
static void logs_paths(struct machine *m, struct list *ret)
{
	const char *console = driver_fetch_console(m);
	auto_list names = { 0 };

	if (console && fs_exists(console))
		list_add(ret, console);
	IGNORE(fs_list(m->dir, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = fs_join(m->dir, names.items[i]);
		const char *dot = strrchr(names.items[i], '.');

		if (dot && str_eq(dot, ".log") && !(console && str_eq(path, console)))
			list_add(ret, path);
	}
}

/* Creating it failed: its console was kept. */
static struct err *logs_of_failed(const struct app *app, const char *name, int64_t lines, struct err *unknown)
{
	auto_free char *path = xasprintf("%s/logs/%s.console.log", app->core.store, name);
	struct err *bad_name = store_check_name(name);

	if (unknown->code != ERR_NOT_FOUND || bad_name || !fs_exists(path)) {
		err_free(bad_name);
		return unknown;
	}
	err_free(unknown);
	return logs_file(app, name, path, lines);
}

/* What no log can hold: the disk on which it lies is full, say. */
static void logs_problem(const struct app *app, struct machine *m)
{
	enum machine_state s = STATE_NONE;
	auto_err *unknown = machine_state(m, &s);
	auto_free char *problem = unknown ? NULL : machine_problem(m, s);

	if (problem)
		core_say(&app->core, SAY_WARN, m->name, "%s", problem);
}

static struct err *logs_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	auto_list paths = { 0 };
	int64_t lines = opts_int(o, "tail");
	struct err *e = target_one(app, o, &m);

	if (e)
		return o->args.n == 1 ? logs_of_failed(app, o->args.items[0], lines, e) : e;
	logs_problem(app, m);
	logs_paths(m, &paths);
	if (!paths.n)
		return err_new(ERR_NOT_FOUND, "machine '%s' has no log yet, or its driver keeps none", m->name);
	for (size_t i = 0; i < paths.n; i++)
		TRY(logs_file(app, m->name, paths.items[i], lines));
	return NULL;
}

const struct cmd cmd_logs = {
	.name = "logs",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Show a machine's console and the logs of its processes on this host",
	.description = "Argument is a machine name. One whose create failed is told of too.",
	.opts = logs_opts,
	.run = logs_run,
};
