/* SPDX-License-Identifier: Apache-2.0 */
/* The list of commands. Help, usage errors and "did you mean" loop over it; a test checks its order and texts. */
#include "cmd/commands.h"

#include <string.h>

#include "base/mem.h"

const struct cmd *const cmd_table[] = { &cmd_complete,
					&cmd_driver_helper,
					&cmd_active,
					&cmd_completion,
					&cmd_config,
					&cmd_create,
					&cmd_doctor,
					&cmd_env,
					&cmd_help,
					&cmd_inspect,
					&cmd_ip,
					&cmd_kill,
					&cmd_logs,
					&cmd_ls,
					&cmd_mount,
					&cmd_ports,
					&cmd_provision,
					&cmd_prune,
					&cmd_regenerate_certs,
					&cmd_restart,
					&cmd_rm,
					&cmd_scp,
					&cmd_set,
					&cmd_ssh,
					&cmd_ssh_config,
					&cmd_start,
					&cmd_status,
					&cmd_stop,
					&cmd_upgrade,
					&cmd_url,
					&cmd_use,
					&cmd_version,
					NULL };

const struct cmd *cmd_find(const char *name)
{
	for (const struct cmd *const *c = cmd_table; *c; c++)
		if (str_eq((*c)->name, name) || ((*c)->alias && str_eq((*c)->alias, name)))
			return *c;
	return NULL;
}

void cmd_tables(const struct cmd *c, const struct opt **tables, size_t max)
{
	memset(tables, 0, max * sizeof(*tables));
	if (c->opts)
		*tables++ = c->opts, max--;
	if (c->more_opts)
		c->more_opts(tables, max - 1);
}
