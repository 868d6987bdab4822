/* SPDX-License-Identifier: Apache-2.0 */
/* use: a machine as the Docker client's current context. */
#include <stdlib.h>

#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/boot.h"
#include "core/context.h"
#include "core/engine_check.h"
#include "core/machine.h"
#include "core/store.h"

static const struct opt use_opts[] = {
	{ "context", NULL, OPT_STRING, NULL, NULL, "Name of the context (default: the machine's)" },
	{ "unset", "u", OPT_FLAG, NULL, NULL, "Make the default context the current one again" },
	{ 0 }
};

/* The client asks its environment first. */
static void use_warn(const struct app *app)
{
	static const char *const names[] = { "DOCKER_HOST", "DOCKER_CONTEXT" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]) && *getenv(names[i]))
			core_say(&app->core, SAY_WARN, NULL,
				 "%s is set, and the Docker client looks at that first: unset %s", names[i], names[i]);
}

static struct err *use_unset(const struct app *app, const struct opts *o)
{
	bool was = false;

	if (o->args.n)
		return err_hint(err_new(ERR_USAGE, "Expected no machine name when the -u flag is present"),
				"There is one current context for all: machine use -u");
	TRY(context_unuse(&was));
	core_say(&app->core, SAY_LINE, NULL,
		 was ? "The default Docker context is the current one."
		     : "No machine's Docker context was the current one.");
	return NULL;
}

static struct err *use_locked(const struct app *app, struct machine *m, const struct opts *o, char **ret)
{
	auto_lock lock = STORE_LOCK_INIT;
	auto_endpoint end = { 0 };
	const char *wanted = opts_str(o, "context");

	TRY(store_lock(&app->core, m->name, "use", 30000, &lock));
	TRY(store_need(&app->core, m->name));
	TRY(machine_read(m));
	TRY(machine_running_endpoint(m, &end));
	TRY(context_use(m, *wanted ? wanted : NULL, end.url, ret));
	return machine_save(m);
}

static struct err *use_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };
	auto_free char *name = NULL;

	if (opts_flag(o, "unset"))
		return use_unset(app, o);
	TRY(target_one(app, o, &m));
	TRY(machine_follow_address(m, &end));
	TRY(engine_check(m, end.url, MACHINE_CHECK_MS));
	TRY(use_locked(app, m, o, &name));
	use_warn(app);
	if (app->json)
		answer_member(m->name, "Context", name);
	else
		ANSWER("Current Docker context is now \"%s\"\n", name);
	return NULL;
}

const struct cmd cmd_use = {
	.name = "use",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Make a machine the Docker client's current context",
	.description = CMD_MACHINE,
	.opts = use_opts,
	.run = use_run,
};
