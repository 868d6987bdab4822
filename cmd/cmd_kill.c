/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/power.h"

static struct err *kill_one(struct app *app, struct machine *m, const struct opts *o)
{
	(void)o;
	TRY(machine_kill(m));
	answer_done(app, m->name, "kill");
	return NULL;
}

static struct err *kill_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, kill_one);
}

const struct cmd cmd_kill = {
	.name = "kill",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Kill a machine",
	.description = CMD_MACHINES,
	.run = kill_run,
};
