/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"

static struct err *url_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };

	TRY(target_one(app, o, &m));
	TRY(machine_running_endpoint(m, &end));
	if (app->json)
		answer_member(m->name, "URL", end.url);
	else
		ANSWER("%s\n", end.url);
	return NULL;
}

const struct cmd cmd_url = {
	.name = "url",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Get the URL of a machine",
	.description = CMD_MACHINE,
	.run = url_run,
};
