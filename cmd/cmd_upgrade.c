/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/power.h"

static const struct opt upgrade_opts[] = { { "image", NULL, OPT_STRING, NULL, NULL,
					     "Folder of the guest image (default: as for create)" },
					   CMD_READY_TIMEOUT,
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
	.description = CMD_MACHINES,
	.opts = upgrade_opts,
	.words = CMD_WORDS_MACHINES,
	.run = upgrade_run,
};
