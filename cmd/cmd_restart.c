/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/power.h"

static const struct opt restart_opts[] = { CMD_READY_TIMEOUT, { 0 } };

static struct err *restart_one(struct app *app, struct machine *m, const struct opts *o)
{
	TRY(machine_restart(m, opts_duration_ms(o, "timeout")));
	answer_done(app, m->name, "restart");
	return NULL;
}

static struct err *restart_run(struct app *app, const struct opts *o)
{
	TRY(target_each(app, o, restart_one));
	core_say(&app->core, SAY_LINE, NULL,
		 "Restarted machines may have new IP addresses. You may need to re-run the `%s env` command.",
		 core_prog(&app->core));
	return NULL;
}

const struct cmd cmd_restart = {
	.name = "restart",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Restart a machine",
	.description = CMD_MACHINES,
	.opts = restart_opts,
	.run = restart_run,
};
