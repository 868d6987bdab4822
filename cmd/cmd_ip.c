/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"

static struct err *ip_one(struct app *app, struct machine *m, const struct opts *o)
{
	auto_endpoint end = { 0 };

	(void)o;
	TRY(err_wrap(machine_running_endpoint(m, &end), "Error getting IP address"));
	if (app->json)
		answer_member(m->name, "IP", end.address);
	else
		ANSWER("%s\n", end.address);
	return NULL;
}

static struct err *ip_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, ip_one);
}

const struct cmd cmd_ip = {
	.name = "ip",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Get the IP address of a machine",
	.description = CMD_MACHINES,
	.run = ip_run,
};
