/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/targets.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "cmd/app.h"
#include "cmd/progress.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "core/store.h"

struct err *target_default(const struct app *app, const char *hint)
{
	if (store_has(&app->core, TARGET_DEFAULT))
		return NULL;
	return err_hint(err_new(ERR_NOT_FOUND,
				"Error: No machine name(s) specified and no \"" TARGET_DEFAULT "\" machine exists"),
			"%s", hint);
}

struct err *target_names(const struct app *app, const struct opts *o, struct list *ret)
{
	list_add_once(ret, &o->args);
	if (ret->n)
		return NULL;
	TRY(target_default(app, "Name one (machine ls lists them), or make it: machine create default"));
	list_add(ret, TARGET_DEFAULT);
	return NULL;
}

struct err *target_too_many(void)
{
	return err_hint(err_new(ERR_FAILED, "Error: Expected one machine name as an argument"),
			"Name one machine only.");
}

struct err *target_one(const struct app *app, const struct opts *o, struct machine **ret)
{
	auto_list names = { 0 };

	TRY(target_names(app, o, &names));
	if (names.n > 1)
		return target_too_many();
	return machine_open(&app->core, names.items[0], ret);
}

struct target_job {
	struct app *app;
	const struct opts *o;
	struct machine **machines;
	struct err *(*fn)(struct app *app, struct machine *m, const struct opts *o);
};

static struct err *target_step(void *data, size_t i)
{
	struct target_job *job = data;
	return job->fn(job->app, job->machines[i], job->o);
}

static struct err *target_load(const struct app *app, const struct list *names, struct machine **machines)
{
	auto_free struct err **errors = xcalloc(names->n, sizeof(*errors));

	for (size_t i = 0; i < names->n; i++)
		errors[i] = machine_open(&app->core, names->items[i], &machines[i]);
	return errors_join(errors, names->n);
}

struct err *target_each(const struct app *app, const struct opts *o,
			struct err *(*fn)(struct app *app, struct machine *m, const struct opts *o))
{
	auto_list names = { 0 };
	auto_free struct machine **machines = NULL;
	struct target_job job = { (struct app *)app, o, NULL, fn };
	struct err *e;

	TRY(target_names(app, o, &names));
	job.machines = machines = xcalloc(names.n, sizeof(struct machine *));
	progress_prefix(app->progress, names.n > 1);
	e = target_load(app, &names, machines);
	if (!e)
		e = parallel_run(names.n, target_step, &job);
	for (size_t i = 0; i < names.n; i++)
		machine_free(machines[i]);
	return e;
}
