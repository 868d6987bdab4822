/* SPDX-License-Identifier: Apache-2.0 */
/* Global options, the command, and the only place that prints errors and ends the program. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/dump.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/opt_parse.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/cmd_version.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/own_name.h"
#include "cmd/progress.h"
#include "cmd/tell.h"
#include "cmd/unknown.h"

/* The variable has the last word, as it had in docker-machine. */
static struct err *debug_set(const struct opts *global)
{
	const char *env = getenv("MACHINE_DEBUG");
	bool on = opts_flag(global, "debug");

	auto_err *bad = env && *env ? num_bool(env, &on) : NULL;

	if (bad)
		return err_new(ERR_FAILED,
			       "Error parsing boolean value from MACHINE_DEBUG: strconv.ParseBool: parsing \"%s\": "
			       "invalid syntax",
			       env);
	log_set_debug(on);
	return NULL;
}

/* docker-machine shows the command's help with a usage error; ours goes to stderr, one line and where to read more. */
static struct err *usage_error(const struct cmd *c, struct err *e)
{
	return err_hint(err_wrap(e, "Incorrect Usage"), "See: machine %s --help", c->name);
}

static struct err *run_cmd(struct app *app, const struct cmd *c, int argc, char *const *argv)
{
	struct err *e;

	if (c->flags & CMD_VERBATIM)
		return c->run_verbatim(app, argc, argv);
	app->cmd = c;
	cmd_tables(c, app->tables, CMD_TABLES_MAX);
	e = opts_parse(&app->opts, app->tables, argc, argv, c->flags & CMD_RAW_TAIL);
	if (e && e->code == ERR_HELP) {
		err_free(e);
		help_cmd(stdout, app, c, argc, argv);
		return NULL;
	}
	if (!e)
		e = opts_check_variables(&app->opts, c->opts);
	if (e)
		return usage_error(c, e);
	return c->run(app, &app->opts);
}

static struct err *run_named(struct app *app, const struct opts *global)
{
	const struct cmd *c = cmd_find(global->args.items[0]);

	if (!c)
		return unknown_command(app, global->args.items[0]);
	if (!(c->flags & CMD_NO_STORE)) {
		TRY(core_init(&app->core, opts_str(global, "storage-path"), opts_str(global, "tls-ca-cert"),
			      opts_str(global, "tls-ca-key"), opts_str(global, "tls-client-cert"),
			      opts_str(global, "tls-client-key")));
		app->core.say = progress_say;
		app->core.data = app->progress = progress_new(app);
	}
	app->lines_on_stderr = c->flags & CMD_QUIET_STDOUT;
	return run_cmd(app, c, (int)global->args.n - 1, global->args.items + 1);
}

static struct err *run(struct app *app, int argc, char *const *argv)
{
	static const struct opt *const tables[] = { app_opts, NULL };
	const struct opts *global = &app->global;
	struct err *e = opts_parse(&app->global, tables, argc - 1, argv + 1, true);

	if (!e)
		e = opts_check_variables(global, app_opts);
	app->json = opts_flag(global, "json");
	if (e && e->code != ERR_HELP)
		return err_hint(err_wrap(e, "Incorrect Usage"), "See: machine --help");
	if (!e && opts_flag(global, "version")) {
		version_answer(app);
		return NULL;
	}
	if (e || !global->args.n) {
		err_free(e);
		help_app(stdout, app);
		return NULL;
	}
	TRY(debug_set(global));
	return run_named(app, global);
}

/* docker-machine knows no 2: its callers ask for 1 where a word or a value is wrong. */
static int exit_status(const struct app *app, const struct err *e)
{
	if (e->status)
		return e->status;
	switch (e->code) {
	case ERR_USAGE:
		return app_is_docker_machine(app) ? 1 : 2;
	case ERR_PRECHECK:
		return 3;
	case ERR_INTERRUPTED:
		return 130;
	default:
		return 1;
	}
}

/* Programs that call docker-machine compare the whole of stderr; a person looks at a terminal. */
static bool hints_wanted(void)
{
	const char *wish = getenv("MACHINE_HINTS");
	bool on = isatty(STDERR_FILENO);

	if (wish && *wish)
		IGNORE(num_bool(wish, &on));
	return on;
}

/* Message and causes on one line, as docker-machine words them: its callers match these texts. */
static void print_error(const struct app *app, const struct err *e)
{
	auto_free char *text = err_text(e);
	auto_free char *hint = err_hint_of(e) ? own_name(app, err_hint_of(e)) : NULL;

	if (e->code == ERR_REPORTED)
		return;
	if (app->json) {
		cJSON *o = json_object();

		json_set_str(o, "Error", text);
		if (hint)
			json_set_str(o, "Hint", hint);
		json_set_int(o, "Status", exit_status(app, e));
		answer_json(stderr, o);
		return;
	}
	tell(app, stderr, text, false);
	if (hint && hints_wanted()) {
		auto_free char *line = xasprintf("hint: %s", hint);

		tell(app, stderr, line, true);
	}
}

/* Whoever read our answers had enough of them: end as a program does that nobody told of broken pipes. */
static void end_by_pipe(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (interrupt_pipe_was_ignored() || poll(&out, 1, 0) != 1 || !(out.revents & POLLERR))
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int main(int argc, char **argv)
{
	struct app app = { .argv0 = argv[0], .argv = argv, .argc = argc };
	const char *slash = strrchr(argv[0], '/');
	struct err *e;
	int status = 0;

	dump_forbid();
	app.core.prog = slash ? slash + 1 : argv[0];
	interrupt_install();
	e = run(&app, argc, argv);
	if (!e && (fflush(stdout) != 0 || ferror(stdout))) {
		e = err_errno(ERR_FAILED, "cannot write to standard output");
		end_by_pipe();
	}
	progress_free(app.progress);
	if (e) {
		fflush(stdout);
		print_error(&app, e);
		status = exit_status(&app, e);
	}
	err_free(e);
	opts_release(&app.opts);
	opts_release(&app.global);
	core_release(&app.core);
	return status;
}
