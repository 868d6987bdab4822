/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "core/create.h"
#include "core/parallel.h"
#include "core/record.h"
#include "drivers/registry.h"

#define DEFAULT_DRIVER "qemu"

static const struct opt create_opts[] = {
	{ "driver", "d", OPT_STRING, "MACHINE_DRIVER", DEFAULT_DRIVER, "Driver to create machine with." },
	{ "image", NULL, OPT_STRING, NULL, NULL, "Folder of the guest image (default: MACHINE_IMAGE, the store, where it is installed)" },
	{ "timeout", NULL, OPT_DURATION, "MACHINE_TIMEOUT", "300", "Give up when the machine is not ready after this long" },
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

static struct err *create_driver(const struct opts *o, const struct driver_ops **ret)
{
	const char *name = opts_str(o, "driver");
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
};

static struct err *create_one(void *data, size_t i)
{
	const struct create_job *job = data;
	struct create_request q = job->request;

	q.name = job->names->items[i];
	TRY(machine_create(&job->app->core, &q));
	core_say(&job->app->core, SAY_LINE, NULL,
		 "To see how to connect your Docker Client to the Docker Engine running on this virtual machine, run: "
		 "%s env %s",
		 job->app->argv0, q.name);
	return NULL;
}

static struct err *create_run(struct app *app, const struct opts *o)
{
	const char *image = opts_str(o, "image");
	struct create_job job = { .app = app, .names = &o->args };

	if (!o->args.n)
		return err_hint(err_status(err_new(ERR_USAGE, "Error: No machine name specified"), 1),
				"Give it a name: %s create dev", app->argv0);
	TRY(create_driver(o, &job.request.ops));
	TRY(create_foreign_opts(o, job.request.ops));
	job.request.opts = o;
	job.request.image = *image ? image : NULL;
	job.request.timeout_ms = opts_duration_ms(o, "timeout");
	job.request.keep_on_failure = opts_flag(o, "keep-on-failure");
	progress_prefix(app->progress, o->args.n > 1);
	return parallel_run(o->args.n, create_one, &job);
}

const struct cmd cmd_create = {
	.name = "create",
	.args = "NAME...",
	.summary = "Create a machine",
	.description = "Run 'machine create --driver name --help' to include the create flags for that driver in the help text.",
	.opts = create_opts,
	.more_opts = create_more_opts,
	.run = create_run,
};
