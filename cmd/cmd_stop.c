/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/power.h"

static const struct opt stop_opts[] = {
	{ "timeout", NULL, OPT_DURATION, NULL, "90", "Give up when the machine is not off after this long" }, { 0 }
};

static struct err *stop_one(struct app *app, struct machine *m, const struct opts *o)
{
	TRY(machine_stop(m, opts_duration_ms(o, "timeout")));
	answer_done(app, m->name, "stop");
	return NULL;
}

static struct err *stop_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, stop_one);
}

const struct cmd cmd_stop = {
	.name = "stop",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Stop a machine",
	.description = CMD_MACHINES,
	.opts = stop_opts,
	.run = stop_run,
};
