/* SPDX-License-Identifier: Apache-2.0 */
/* start, stop, restart, kill: each for many machines side by side. */
#include "cmd/commands.h"

static const struct opt boot_opts[] = {
	{ "timeout", NULL, OPT_DURATION, "MACHINE_TIMEOUT", "300", "Give up when the machine is not ready after this long" },
	{ 0 }
};

static const struct opt stop_opts[] = {
	{ "timeout", NULL, OPT_DURATION, NULL, "90", "Give up when the machine is not off after this long" },
	{ 0 }
};

static struct err *start_one(struct app *app, struct machine *m, const struct opts *o)
{
	(void)app;
	return machine_start(m, opts_duration_ms(o, "timeout"));
}

static struct err *stop_one(struct app *app, struct machine *m, const struct opts *o)
{
	(void)app;
	return machine_stop(m, opts_duration_ms(o, "timeout"));
}

static struct err *restart_one(struct app *app, struct machine *m, const struct opts *o)
{
	(void)app;
	return machine_restart(m, opts_duration_ms(o, "timeout"));
}

static struct err *kill_one(struct app *app, struct machine *m, const struct opts *o)
{
	(void)app, (void)o;
	return machine_kill(m);
}

static struct err *start_run(struct app *app, const struct opts *o)
{
	TRY(target_each(app, o, start_one));
	ANSWER("Started machines may have new IP addresses. You may need to re-run the `docker-machine env` command.\n");
	return NULL;
}

static struct err *stop_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, stop_one);
}

static struct err *restart_run(struct app *app, const struct opts *o)
{
	TRY(target_each(app, o, restart_one));
	ANSWER("Restarted machines may have new IP addresses. You may need to re-run the `docker-machine env` command.\n");
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
	.summary = "Start a machine",
	.description = MACHINES,
	.opts = boot_opts,
	.run = start_run,
};

const struct cmd cmd_stop = {
	.name = "stop",
	.args = "[arg...]",
	.summary = "Stop a machine",
	.description = MACHINES,
	.opts = stop_opts,
	.run = stop_run,
};

const struct cmd cmd_restart = {
	.name = "restart",
	.args = "[arg...]",
	.summary = "Restart a machine",
	.description = MACHINES,
	.opts = boot_opts,
	.run = restart_run,
};

const struct cmd cmd_kill = {
	.name = "kill",
	.args = "[arg...]",
	.summary = "Kill a machine",
	.description = MACHINES,
	.run = kill_run,
};
