/* SPDX-License-Identifier: Apache-2.0 */
/* Every command of the program, one const struct each. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/app.h"

extern const struct cmd cmd_driver_helper, cmd_active, cmd_config, cmd_create, cmd_env, cmd_help, cmd_inspect, cmd_ip,
	cmd_kill, cmd_ls, cmd_ports, cmd_restart, cmd_rm, cmd_ssh, cmd_start, cmd_status, cmd_stop, cmd_url, cmd_version;

#endif
