/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"

static struct err *status_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	enum machine_state s;

	TRY(target_one(app, o, &m));
	TRY(err_wrap(machine_state(m, &s), "error getting state for host %s", m->name));
	auto_free char *problem = machine_problem(m, s);
	if (problem)
		core_say(&app->core, SAY_WARN, m->name, "%s", problem);
	if (app->json)
		answer_member(m->name, "State", machine_state_name(s));
	else
		ANSWER("%s\n", machine_state_name(s));
	return NULL;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Get the status of a machine",
	.description = CMD_MACHINE,
	.run = status_run,
};
