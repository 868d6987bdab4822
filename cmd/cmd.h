/* SPDX-License-Identifier: Apache-2.0 */
/* A command as data: parsing, help, completion and manual pages are made from it. commands.h lists them all. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/opt.h"

struct app;

#define CMD_TABLES_MAX 16 /* of options that one command can have, with the NULL at their end */

enum cmd_flags {
	CMD_RAW_TAIL = 1 << 0, /* options end at the first argument (ssh) */
	CMD_HIDDEN = 1 << 1,
	CMD_QUIET_STDOUT = 1 << 2, /* docker-machine's lines go to stderr (env, config) */
	CMD_NO_STORE = 1 << 3,	   /* needs neither store nor keys */
	CMD_VERBATIM = 1 << 4	   /* gets its arguments unparsed (internal ones) */
};

enum cmd_words {
	CMD_WORDS_NONE,
	CMD_WORDS_MACHINES,
	CMD_WORDS_PLACES, /* "machine:path", or a path of this host */
	CMD_WORDS_COMMANDS,
	CMD_WORDS_DRIVERS,
	CMD_WORDS_SHELLS
};

struct cmd {
	const char *name;
	const char *alias;	 /* NULL: none */
	const char *args;	 /* "[MACHINE...]" as shown in the usage line */
	const char *summary;	 /* one line */
	const char *old_summary; /* docker-machine's, for who calls it by that name; NULL: the same */
	const char *description; /* NULL: none */
	const struct opt *opts;	 /* NULL: none */
	/* Further tables for parsing and help (create: record and drivers). NULL: none. */
	void (*more_opts)(const struct opt **tables, size_t max);
	/* Shows the options in groups, but to who calls the tool docker-machine. NULL: in one list. */
	void (*help_options)(FILE *out, const struct app *app, int argc, char *const *argv);
	enum cmd_words words; /* what its arguments are, for completion */
	unsigned flags;
	struct err *(*run)(struct app *app, const struct opts *o);
	struct err *(*run_verbatim)(struct app *app, int argc, char *const *argv);
};

/* Texts that several commands have. */
#define CMD_MACHINE "Argument is a machine name."
#define CMD_MACHINES "Argument(s) are one or more machine names."

/* The option of whatever boots a machine. */
#define CMD_READY_TIMEOUT                                                                                              \
	{                                                                                                              \
		"timeout", NULL, OPT_DURATION, "MACHINE_TIMEOUT", "300",                                               \
			"Give up when the machine is not ready after this long"                                        \
	}

/* Of what looks at all machines. */
#define CMD_LOOK_TIMEOUT                                                                                               \
	{                                                                                                              \
		"timeout", "t", OPT_DURATION, NULL, "10", "Timeout in seconds, default to 10s"                         \
	}

/* Of what tells where an engine is. */
#define CMD_SWARM                                                                                                      \
	{                                                                                                              \
		"swarm", NULL, OPT_FLAG, NULL, NULL, "Display the Swarm config instead of the Docker daemon"           \
	}

#endif
