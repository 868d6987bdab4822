/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/create_help.h"
#include "cmd/create_opts.h"
#include "cmd/own_name.h"
#include "cmd/progress.h"
#include "core/create.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "drivers/registry.h"

struct create_job {
	struct app *app;
	struct create_request request;
	const struct list *names;
	bool if_missing;
};

/* Of several, an error says whose it is; of one, it stays docker-machine's to the byte. */
static struct err *create_named(const struct create_job *job, const char *name, struct err *e)
{
	auto_free char *text = e && job->names->n > 1 ? err_text(e) : NULL;
	struct err *named;

	if (!text)
		return e;
	named = err_status(err_new(e->code, "(%s) %s", name, text), e->status);
	if (err_hint_of(e))
		named = err_hint(named, "%s", err_hint_of(e));
	err_free(e);
	return named;
}

static struct err *create_one(void *data, size_t i)
{
	const struct create_job *job = data;
	struct create_request q = job->request;
	bool existed = false;

	q.name = job->names->items[i];
	q.existed = job->if_missing ? &existed : NULL;
	TRY(create_named(job, q.name, machine_create(&job->app->core, &q)));
	if (existed) {
		core_say(&job->app->core, SAY_LINE, NULL, "Docker machine \"%s\" already exists", q.name);
		answer_done(job->app, q.name, "create");
		return NULL;
	}
	auto_free char *written = xasprintf("machine env %s", q.name);
	auto_free char *env = app_is_docker_machine(job->app) ? xasprintf("%s env %s", job->app->argv0, q.name)
							      : own_name(job->app, written);

	core_say(&job->app->core, SAY_LINE, NULL,
		 "To see how to connect your Docker Client to the Docker Engine running on this virtual machine, run: "
		 "%s",
		 env);
	answer_done(job->app, q.name, "create");
	return NULL;
}

static struct err *create_run(struct app *app, const struct opts *o)
{
	const char *image = opts_str(o, "image");
	auto_list names = { 0 };
	struct create_job job = { .app = app, .names = &names };

	TRY(create_opts_names(app, o, &names));
	TRY(create_opts_driver(app, o, &job.request.driver));
	TRY(create_opts_foreign(o, job.request.driver));
	/* Those of other drivers are nobody's business here. */
	TRY(err_wrap(opts_check_variables(o, job.request.driver->opts), "Incorrect Usage"));
	job.request.opts = o;
	job.request.image = *image ? image : NULL;
	job.request.timeout_ms = opts_duration_ms(o, "timeout");
	job.request.keep_on_failure = opts_flag(o, "keep-on-failure");
	job.if_missing = opts_flag(o, "if-missing");
	progress_prefix(app->progress, names.n > 1);
	return parallel_run(names.n, create_one, &job);
}

const struct cmd cmd_create = {
	.name = "create",
	.args = "NAME...",
	.summary = "Create a machine",
	.description = "Run 'machine create --driver name --help' to include the create flags for that driver in the "
		       "help text.",
	.opts = create_opts,
	.more_opts = create_opts_more,
	.help_options = create_help,
	.run = create_run,
};
