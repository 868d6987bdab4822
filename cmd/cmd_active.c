/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/ls_sort.h"
#include "cmd/ls_swarm.h"
#include "core/survey.h"

static const struct opt active_opts[] = { CMD_LOOK_TIMEOUT, { 0 } };

static struct err *active_run(struct app *app, const struct opts *o)
{
	auto_survey s = { 0 };
	bool timeout = false;

	if (o->args.n)
		return err_new(ERR_FAILED, "Error: Too many arguments given");
	TRY(survey_machines(&app->core, opts_duration_ms(o, "timeout"), &s));
	ls_sort(&s);
	for (size_t i = 0; i < s.n; i++) {
		timeout = timeout || s.rows[i].state == STATE_TIMEOUT;
		if (s.rows[i].active || ls_swarm_is_active(&s.rows[i])) {
			if (app->json)
				answer_member(s.rows[i].name, "URL", s.rows[i].url);
			else
				ANSWER("%s\n", s.rows[i].name);
			return NULL;
		}
	}
	if (timeout)
		return err_new(ERR_TIMEOUT, "Error getting active host: timeout");
	return err_hint(err_new(ERR_NOT_FOUND, "No active host found"), "Choose one: eval \"$(machine env NAME)\"");
}

const struct cmd cmd_active = {
	.name = "active",
	.args = "[arg...]",
	.summary = "Print which machine is active",
	.description = "(no arguments)",
	.opts = active_opts,
	.run = active_run,
};
