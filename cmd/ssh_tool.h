/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running OpenSSH's scp, rsync and sshfs for a user. What they need to know of the machines is a configuration of OpenSSH in
 * memory, which they find below /proc while we wait for them: each side has its own port and keys.
 */
#ifndef CMD_SSH_TOOL_H
#define CMD_SSH_TOOL_H

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"

/* *ret_fd holds the text, *ret_path is its name for other processes while this one lives. Both are the caller's. */
struct err *ssh_tool_config(const struct str *text, int *ret_fd, char **ret_path) MUST_USE;
/*
 * Run argv with our terminal and wait for its end. Its status is told in docker-machine's words; `missing` are those for
 * a program that is not there, which comes with `package`.
 */
struct err *ssh_tool_run(const struct list *argv, const char *package, const char *missing) MUST_USE;
/* The error for too few or too many places. example: what stands behind the command. */
struct err *ssh_tool_improper(const char *command, const char *example) MUST_USE;

#endif
