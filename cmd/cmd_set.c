/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/power.h"
#include "drivers/vm/sizes.h"

static const struct opt set_opts[] = { { "cpus", NULL, OPT_INT, NULL, NULL, "Number of processors" },
				       { "memory", NULL, OPT_MIB, NULL, NULL, "Memory " VM_MEMORY_UNITS },
				       { "disk", NULL, OPT_MIB, NULL, NULL, VM_DISK_HELP ", which can only grow" },
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
	.description = CMD_MACHINES,
	.opts = set_opts,
	.words = CMD_WORDS_MACHINES,
	.run = set_run,
};
