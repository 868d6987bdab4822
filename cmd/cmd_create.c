/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/proc.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/create_help.h"
#include "cmd/own_name.h"
#include "cmd/progress.h"
#include "core/create.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "core/record.h"
#include "drivers/registry.h"

#define COUNT_MAX 1000

const struct opt create_opts[] = {
	{ "driver", "d", OPT_STRING, "MACHINE_DRIVER", DEFAULT_DRIVER, "Driver to create machine with." },
	{ "image", NULL, OPT_STRING, NULL, NULL,
	  "Folder of the guest image (default: MACHINE_IMAGE, the store, where it is installed)" },
	CMD_READY_TIMEOUT,
	{ "if-missing", NULL, OPT_FLAG, NULL, NULL,
	  "Succeed when there is a machine of that name already, and leave it as it is" },
	{ "count", NULL, OPT_INT, NULL, NULL, "Create so many: NAME-1, NAME-2, ..." },
	{ "keep-on-failure", NULL, OPT_FLAG, NULL, NULL, "Keep what was made when creating fails" },
	{ 0 }
};

static void create_more_opts(const struct opt **tables, size_t max)
{
	size_t n = 0;

	tables[n++] = record_opts;
	for (const struct driver_ops *const *d = driver_table; *d && n + 1 < max; d++)
		if ((*d)->opts)
			tables[n++] = (*d)->opts;
	tables[n] = NULL;
}

/* Called by its old name, the tool takes what that took, where it is there. */
static const char *create_default_driver(const struct app *app)
{
	auto_free char *found = NULL;

	if (!app_is_docker_machine(app))
		return DEFAULT_DRIVER;
	auto_err *missing = proc_find("VBoxManage", &found);
	if (!missing)
		return "virtualbox";
	core_say(&app->core, SAY_WARN, NULL,
		 "VirtualBox is not installed: the driver " DEFAULT_DRIVER " is used (choose with --driver)");
	return DEFAULT_DRIVER;
}

static struct err *create_driver(const struct app *app, const struct opts *o, const struct driver_ops **ret)
{
	const char *name = opts_given(o, "driver") ? opts_str(o, "driver") : create_default_driver(app);
	auto_str known = STR_INIT;

	*ret = driver_find(name);
	if (*ret)
		return NULL;
	for (const struct driver_ops *const *d = driver_table; *d; d++)
		str_addf(&known, "%s%s", known.len ? ", " : "", (*d)->name);
	return err_hint(err_new(ERR_NOT_FOUND,
				"Driver \"%s\" not found. Do you have the plugin binary \"docker-machine-driver-%s\" "
				"accessible in your PATH?",
				name, name),
			"Drivers of this build: %s", known.buf);
}

/* Every driver's options are parsed, since --driver may come last; those of another driver are a mistake. */
static struct err *create_foreign_opts(const struct opts *o, const struct driver_ops *ops)
{
	for (const struct driver_ops *const *d = driver_table; *d; d++)
		for (const struct opt *t = (*d)->opts; *d != ops && t && t->name; t++)
			if (opts_on_command_line(o, t->name))
				return err_hint(err_new(ERR_USAGE, "flag provided but not defined: -%s", t->name),
						"It belongs to the driver '%s': --driver %s", (*d)->name, (*d)->name);
	return NULL;
}

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

static struct err *create_names(const struct app *app, const struct opts *o, struct list *ret)
{
	int64_t count = opts_int(o, "count");

	if (!o->args.n)
		return err_hint(err_status(err_new(ERR_USAGE, "Error: No machine name specified"), 1),
				"Give it a name: machine create dev");
	if (app_is_docker_machine(app) && o->args.n > 1) {
		auto_free char *more = list_join(&o->args, " ");

		return err_status(
			err_new(ERR_USAGE, "Invalid command line. Found extra arguments [%s]", strchr(more, ' ') + 1),
			1);
	}
	if (!opts_given(o, "count")) {
		list_add_all(ret, &o->args);
		return NULL;
	}
	if (count < 1 || count > COUNT_MAX || o->args.n != 1)
		return err_hint(err_new(ERR_USAGE, "--count takes one name, and a number from 1 to %d", COUNT_MAX),
				"For example: machine create --count 3 ci");
	for (int64_t i = 1; i <= count; i++)
		list_addf(ret, "%s-%" PRId64, o->args.items[0], i);
	return NULL;
}

static struct err *create_run(struct app *app, const struct opts *o)
{
	const char *image = opts_str(o, "image");
	auto_list names = { 0 };
	struct create_job job = { .app = app, .names = &names };

	TRY(create_names(app, o, &names));
	TRY(create_driver(app, o, &job.request.ops));
	TRY(create_foreign_opts(o, job.request.ops));
	/* Those of other drivers are nobody's business here. */
	TRY(err_wrap(opts_check_variables(o, job.request.ops->opts), "Incorrect Usage"));
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
	.more_opts = create_more_opts,
	.help_options = create_help,
	.run = create_run,
};
