/* SPDX-License-Identifier: Apache-2.0 */
/* What every command is handed: the core, the words the program was called with, and where answers go. */
#ifndef CMD_APP_H
#define CMD_APP_H

#include <stdbool.h>

#include "base/opt.h"
#include "cmd/cmd.h"
#include "core/core.h"

struct progress;

struct app {
	const char *argv0;     /* the program as it was typed: what can be typed again (own_name.h) */
	struct opts global;    /* options before the command */
	const struct cmd *cmd; /* NULL until it is known */
	struct opts opts;      /* the command's */
	const struct opt *tables[CMD_TABLES_MAX]; /* of opts */
	char *const *argv;			  /* the whole command line, for env's last lines */
	int argc;
	struct core core; /* core_prog(): the last part of argv0, as which texts know the program */
	struct progress *progress;
	bool json;	      /* --json */
	bool lines_on_stderr; /* env and config keep stdout for their answer */
};

extern const struct opt app_opts[]; /* options before the command */

/* Called by the name of the tool whose place it takes: some defaults are that one's. */
bool app_is_docker_machine(const struct app *app);

#endif
