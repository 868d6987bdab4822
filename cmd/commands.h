/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command of the program, one const struct each, in a file of its own name: `ssh-config` is cmd_ssh_config in
 * cmd_ssh_config.c. They are declared here and not in 32 headers of one line, because only the table below names them.
 */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/cmd.h"

extern const struct cmd cmd_driver_helper, cmd_active, cmd_complete, cmd_completion, cmd_config, cmd_create, cmd_doctor,
	cmd_env, cmd_help, cmd_inspect, cmd_ip, cmd_kill, cmd_logs, cmd_ls, cmd_mount, cmd_ports, cmd_provision,
	cmd_prune, cmd_regenerate_certs, cmd_restart, cmd_rm, cmd_scp, cmd_set, cmd_ssh, cmd_ssh_config, cmd_start,
	cmd_status, cmd_stop, cmd_upgrade, cmd_url, cmd_use, cmd_version;

extern const struct cmd *const cmd_table[]; /* sorted by name, hidden ones first; ends with NULL */

/* By name or alias; NULL: there is none. */
const struct cmd *cmd_find(const char *name);
/* All option tables of a command, ended by NULL; max counts that one too. */
void cmd_tables(const struct cmd *c, const struct opt **tables, size_t max);

#endif
