/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/str.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/ssh.h"

static struct err *ssh_config_one(struct app *app, struct machine *m, const struct opts *o)
{
	auto_endpoint end = { 0 };
	auto_str text = STR_INIT;

	(void)o;
	TRY(ssh_endpoint(m, &end));
	ssh_config(m, &end, &text);
	if (app->json)
		answer_member(m->name, "Config", text.buf);
	else
		ANSWER("%s", text.buf);
	return NULL;
}

static struct err *ssh_config_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, ssh_config_one);
}

const struct cmd cmd_ssh_config = {
	.name = "ssh-config",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Print a configuration for OpenSSH that makes machines hosts by their names",
	.description = CMD_MACHINES,
	.run = ssh_config_run,
};
