/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/interrupt.h"
#include "base/list.h"
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "core/remove.h"
#include "core/store.h"

static const struct opt rm_opts[] = {
	{ "force", "f", OPT_FLAG, NULL, NULL,
	  "Remove local configuration even if machine cannot be removed, also implies an automatic yes (`-y`)" },
	{ "y", NULL, OPT_FLAG, NULL, NULL,
	  "Assumes automatic yes to proceed with remove, without prompting further user confirmation" },
	{ 0 }
};

struct rm_job {
	const struct app *app;
	const struct list *names;
	bool force;
};

static struct err *rm_one(void *data, size_t i)
{
	struct rm_job *job = data;
	const char *name = job->names->items[i];
	struct err *e = machine_remove(&job->app->core, name, job->force ? REMOVE_FORCED : REMOVE_ASKED);

	if (!e) {
		core_say(&job->app->core, SAY_LINE, NULL, "Successfully removed %s", name);
		answer_done(job->app, name, "rm");
		return NULL;
	}
	e = err_wrap(e, "Error removing host \"%s\"", name);
	if (!job->force || e->code != ERR_NOT_FOUND)
		return e;
	/* docker-machine: with -f a name that is not there is told, and the exit status stays 0. */
	auto_free char *text = err_text(e);
	core_say(&job->app->core, SAY_WARN, NULL, "%s", text);
	err_free(e);
	return NULL;
}

/* Nobody is asked about what is not there, nor told that it will be removed: its error says so. */
static bool rm_finds(const struct app *app, const struct rm_job *job)
{
	for (size_t i = 0; i < job->names->n; i++) {
		auto_err *none = store_need(&app->core, job->names->items[i]);

		if (!none || none->code != ERR_NOT_FOUND)
			return true;
	}
	return false;
}

static struct err *rm_run(struct app *app, const struct opts *o)
{
	auto_list names = { 0 };
	struct rm_job job = { app, &names, opts_flag(o, "force") };
	auto_free char *all = NULL;
	bool sure = job.force || opts_flag(o, "y");

	if (!o->args.n)
		return err_hint(err_new(ERR_FAILED, "Error: Expected to get one or more machine names as arguments"),
				"machine ls lists them.");
	list_add_once(&names, &o->args);
	all = list_join(&names, ", ");
	if (!sure && !rm_finds(app, &job))
		return parallel_run(names.n, rm_one, &job);
	core_say(&app->core, SAY_LINE, NULL, "About to remove %s", all);
	core_say(&app->core, SAY_LINE, NULL,
		 "WARNING: This action will delete both local reference and remote instance.");
	if (!sure && confirm("Are you sure? (y/n): ") != CONFIRM_YES)
		return interrupt_check();
	return parallel_run(names.n, rm_one, &job);
}

const struct cmd cmd_rm = {
	.name = "rm",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Remove a machine",
	.description = CMD_MACHINES,
	.opts = rm_opts,
	.run = rm_run,
};
