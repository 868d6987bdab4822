/* SPDX-License-Identifier: Apache-2.0 */
/* ssh: the user's own OpenSSH client, with the machine's key and its pinned host key. */
#include <stdio.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/package.h"
#include "base/proc.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/ssh.h"
#include "remote/openssh.h"

static struct err *ssh_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };
	auto_list argv = { 0 };
	bool named = o->args.n > 0;

	if (!named)
		TRY(target_default(app, "Name one: machine ssh NAME"));
	TRY(machine_open(&app->core, named ? o->args.items[0] : TARGET_DEFAULT, &m));
	auto_err *off = ssh_endpoint(m, &end);
	if (off && off->code == ERR_WRONG_STATE)
		return err_hint(
			err_new(ERR_WRONG_STATE, "Error: Cannot run SSH command: Host \"%s\" is not running", m->name),
			"%s", err_hint_of(off) ? err_hint_of(off) : "");
	TRY(TAKE(off));
	TRY(openssh_check_user());
	ssh_args(m, &end, &argv);
	for (size_t i = 1; i < o->args.n; i++)
		list_add(&argv, o->args.items[i]);
	fflush(stdout);
	return err_package(proc_exec((const char *const *)argv.items), "openssh-client");
}

const struct cmd cmd_ssh = {
	.name = "ssh",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Log into or run a command on a machine with SSH.",
	.description = "Arguments are [machine-name] [command]",
	.flags = CMD_RAW_TAIL,
	.run = ssh_run,
};
