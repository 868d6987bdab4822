/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/unknown.h"

static struct err *help_run(struct app *app, const struct opts *o)
{
	const struct cmd *c;

	if (!o->args.n) {
		help_app(stdout, app);
		return NULL;
	}
	c = cmd_find(o->args.items[0]);
	if (!c)
		return unknown_command(app, o->args.items[0]);
	help_cmd(stdout, app, c, 0, NULL);
	return NULL;
}

const struct cmd cmd_help = {
	.name = "help",
	.alias = "h",
	.args = "[COMMAND]",
	.words = CMD_WORDS_COMMANDS,
	.summary = "Shows a list of commands or help for one command",
	.flags = CMD_NO_STORE,
	.run = help_run,
};
