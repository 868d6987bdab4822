/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `env` prints, in the words of a shell: lines that are evaluated. A value is quoted so that the shell takes every
 * character of it as it is; values without special ones look as docker-machine's.
 */
#ifndef CMD_SHELL_H
#define CMD_SHELL_H

#include "base/err.h"
#include "base/str.h"

struct shell;

/* By name or path; "" for $SHELL. Every unknown name is a POSIX shell, without $SHELL too. Never NULL. */
const struct shell *shell_find(const char *wanted);

/* A line that sets the variable. ERR_FAILED when no quoting of this shell holds the value (a line's end, in some). */
struct err *shell_add_set(struct str *s, const struct shell *sh, const char *name, const char *value) MUST_USE;
void shell_add_unset(struct str *s, const struct shell *sh, const char *name);

/* Two lines of comment: how to evaluate what this command line prints. */
void shell_add_usage(struct str *s, const struct shell *sh, int argc, char *const *argv);

#endif
