/* SPDX-License-Identifier: Apache-2.0 */
/* start, stop, restart, kill, set, upgrade: each for many machines side by side. */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/power.h"

static const struct opt boot_opts[] = { { "timeout", NULL, OPT_DURATION, "MACHINE_TIMEOUT", "300",
					  "Give up when the machine is not ready after this long" },
					{ 0 } };

static const struct opt stop_opts[] = {
	{ "timeout", NULL, OPT_DURATION, NULL, "90", "Give up when the machine is not off after this long" }, { 0 }
};

static struct err *start_one(struct app *app, struct machine *m, const struct opts *o)
{
	TRY(machine_start(m, opts_duration_ms(o, "timeout")));
	answer_done(app, m->name, "start");
	return NULL;
}

static struct err *stop_one(struct app *app, struct machine *m, const struct opts *o)
{
	TRY(machine_stop(m, opts_duration_ms(o, "timeout")));
	answer_done(app, m->name, "stop");
	return NULL;
}

static struct err *restart_one(struct app *app, struct machine *m, const struct opts *o)
{
	TRY(machine_restart(m, opts_duration_ms(o, "timeout")));
	answer_done(app, m->name, "restart");
	return NULL;
}

static struct err *kill_one(struct app *app, struct machine *m, const struct opts *o)
{
	(void)o;
	TRY(machine_kill(m));
	answer_done(app, m->name, "kill");
	return NULL;
}

static struct err *start_run(struct app *app, const struct opts *o)
{
	TRY(target_each(app, o, start_one));
	core_say(&app->core, SAY_LINE, NULL,
		 "Started machines may have new IP addresses. You may need to re-run the `%s env` command.", app->prog);
	return NULL;
}

static struct err *stop_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, stop_one);
}

static struct err *restart_run(struct app *app, const struct opts *o)
{
	TRY(target_each(app, o, restart_one));
	core_say(&app->core, SAY_LINE, NULL,
		 "Restarted machines may have new IP addresses. You may need to re-run the `%s env` command.",
		 app->prog);
	return NULL;
}

static struct err *kill_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, kill_one);
}

#define MACHINES "Argument(s) are one or more machine names."

const struct cmd cmd_start = {
	.name = "start",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Start a machine",
	.description = MACHINES,
	.opts = boot_opts,
	.run = start_run,
};

const struct cmd cmd_stop = {
	.name = "stop",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Stop a machine",
	.description = MACHINES,
	.opts = stop_opts,
	.run = stop_run,
};

const struct cmd cmd_restart = {
	.name = "restart",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Restart a machine",
	.description = MACHINES,
	.opts = boot_opts,
	.run = restart_run,
};

const struct cmd cmd_kill = {
	.name = "kill",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Kill a machine",
	.description = MACHINES,
	.run = kill_run,
};

static const struct opt set_opts[] = { { "cpus", NULL, OPT_INT, NULL, NULL, "Number of processors" },
				       { "memory", NULL, OPT_MIB, NULL, NULL, "Memory (MiB, or with a unit: 2g)" },
				       { "disk", NULL, OPT_MIB, NULL, NULL,
					 "Size of the data disk (MiB, or with a unit: 40g), which can only grow" },
				       { 0 } };

static int64_t set_value(const struct opts *o, const char *name)
{
	return opts_given(o, name) ? opts_mib(o, name) : 0;
}

static struct err *set_one(struct app *app, struct machine *m, const struct opts *o)
{
	int64_t cpus = opts_given(o, "cpus") ? opts_int(o, "cpus") : 0;
	const struct driver_sizes sizes = { cpus > INT32_MAX ? INT32_MAX : (int)cpus, set_value(o, "memory"),
					    set_value(o, "disk") };

	TRY(machine_resize(m, &sizes));
	core_say(&app->core, SAY_LINE, NULL, "Machine \"%s\" has its new sizes when it is started.", m->name);
	answer_done(app, m->name, "set");
	return NULL;
}

static struct err *set_run(struct app *app, const struct opts *o)
{
	static const char *const names[] = { "cpus", "memory", "disk" };
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		any |= opts_given(o, names[i]);
		if (opts_given(o, names[i]) && (i == 0 ? opts_int(o, names[i]) : opts_mib(o, names[i])) < 1)
			return err_hint(err_new(ERR_USAGE, "--%s takes a number above 0", names[i]),
					"For example: machine set --%s %s dev", names[i],
					i == 0	 ? "2"
					: i == 1 ? "2g"
						 : "40g");
	}
	if (!any)
		return err_hint(err_new(ERR_USAGE, "nothing to set was given"),
				"For example: machine set --memory 2g dev");
	return target_each(app, o, set_one);
}

const struct cmd cmd_set = {
	.name = "set",
	.args = "[arg...]",
	.summary = "Change a machine's processors, memory or disk",
	.description = MACHINES,
	.opts = set_opts,
	.words = CMD_WORDS_MACHINES,
	.run = set_run,
};

static const struct opt upgrade_opts[] = { { "image", NULL, OPT_STRING, NULL, NULL,
					     "Folder of the guest image (default: as for create)" },
					   { "timeout", NULL, OPT_DURATION, "MACHINE_TIMEOUT", "300",
					     "Give up when the machine is not ready after this long" },
					   { 0 } };

static struct err *upgrade_one(struct app *app, struct machine *m, const struct opts *o)
{
	const char *image = opts_str(o, "image");

	TRY(machine_upgrade(m, *image ? image : NULL, opts_duration_ms(o, "timeout")));
	answer_done(app, m->name, "upgrade");
	return NULL;
}

static struct err *upgrade_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, upgrade_one);
}

const struct cmd cmd_upgrade = {
	.name = "upgrade",
	.args = "[arg...]",
	.summary = "Upgrade a machine to the latest version of Docker",
	.description = MACHINES,
	.opts = upgrade_opts,
	.words = CMD_WORDS_MACHINES,
	.run = upgrade_run,
};
