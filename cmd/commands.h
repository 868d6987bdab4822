/* SPDX-License-Identifier: Apache-2.0 */
/* Every command of the program, one const struct each. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/app.h"

extern const struct cmd cmd_driver_helper, cmd_active, cmd_complete, cmd_completion, cmd_config, cmd_create, cmd_doctor,
	cmd_env, cmd_help, cmd_inspect, cmd_ip, cmd_kill, cmd_logs, cmd_ls, cmd_mount, cmd_ports, cmd_provision,
	cmd_prune, cmd_regenerate_certs, cmd_restart, cmd_rm, cmd_scp, cmd_set, cmd_ssh, cmd_ssh_config, cmd_start,
	cmd_status, cmd_stop, cmd_upgrade, cmd_url, cmd_use, cmd_version;

#endif
