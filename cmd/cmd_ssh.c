/* SPDX-License-Identifier: Apache-2.0 */
/* ssh: the user's own OpenSSH client, with the machine's key and its pinned host key. */
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/proc.h"
#include "cmd/commands.h"
#include "core/identity.h"
#include "core/store.h"

/* Whatever the user's own configuration says, this connection trusts the pinned key alone. */
static void ssh_args(const struct machine *m, const struct driver_endpoint *end, struct list *argv)
{
	auto_free char *key = fs_join(m->dir, IDENTITY_SSH_KEY);
	auto_free char *known = fs_join(m->dir, "known_hosts");

	list_add(argv, "ssh");
	list_add(argv, "-F");
	list_add(argv, "/dev/null");
	list_addf(argv, "-oUserKnownHostsFile=\"%s\"", known);
	list_add(argv, "-oGlobalKnownHostsFile=/dev/null");
	list_add(argv, "-oStrictHostKeyChecking=yes");
	list_add(argv, "-oPasswordAuthentication=no");
	list_add(argv, "-oIdentitiesOnly=yes");
	list_add(argv, "-oControlMaster=no");
	list_add(argv, "-oControlPath=none");
	list_add(argv, "-oConnectTimeout=10");
	list_add(argv, "-oServerAliveInterval=60");
	list_add(argv, "-oLogLevel=ERROR");
	list_add(argv, "-i");
	list_add(argv, key);
	list_add(argv, "-p");
	list_addf(argv, "%d", end->ssh_port);
	list_addf(argv, "%s@%s", end->ssh_user, end->ssh_host);
}

static struct err *ssh_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };
	auto_list argv = { 0 };
	bool named = o->args.n > 0;

	if (!named && !store_has(&app->core, "default"))
		return err_hint(err_new(ERR_NOT_FOUND,
					"Error: No machine name(s) specified and no \"default\" machine exists"),
				"Name one: %s ssh NAME", app->argv0);
	TRY(machine_open(&app->core, named ? o->args.items[0] : "default", &m));
	TRY(err_wrap(machine_running_endpoint(m, &end), "Error: Cannot run SSH command: Host \"%s\" is not running", m->name));
	if (!end.ssh_host || (m->ops->caps & DRIVER_NO_SSH))
		return err_new(ERR_UNSUPPORTED, "machine '%s' has no SSH server that we know of", m->name);
	ssh_args(m, &end, &argv);
	for (size_t i = 1; i < o->args.n; i++)
		list_add(&argv, o->args.items[i]);
	fflush(stdout);
	return err_hint(proc_exec((const char *const *)argv.items), "Install it: sudo apt install openssh-client");
}

const struct cmd cmd_ssh = {
	.name = "ssh",
	.args = "[arg...]",
	.summary = "Log into or run a command on a machine with SSH.",
	.description = "Arguments are [machine-name] [command]",
	.flags = CMD_RAW_TAIL,
	.run = ssh_run,
};
