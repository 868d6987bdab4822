/* SPDX-License-Identifier: Apache-2.0 */
/* What every command is handed: the core, the words the program was called with, and where answers go. */
#ifndef CMD_APP_H
#define CMD_APP_H

#include <stdbool.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/list.h"
#include "base/opt.h"
#include "core/core.h"
#include "core/machine.h"

struct progress;
struct cmd;

#define CMD_TABLES_MAX 16

struct app {
	const char *argv0;			  /* as typed: used in hints */
	const char *prog;			  /* its last part: what `version` prints */
	struct opts global;			  /* options before the command */
	const struct cmd *cmd;			  /* NULL until it is known */
	struct opts opts;			  /* the command's */
	const struct opt *tables[CMD_TABLES_MAX]; /* of opts */
	char *const *argv;			  /* the whole command line, for env's last lines */
	int argc;
	struct core core;
	struct progress *progress;
	bool json;	      /* --json */
	bool lines_on_stderr; /* env and config keep stdout for their answer */
};

/* Called by the name of the tool whose place it takes: some defaults are that one's. */
bool app_is_docker_machine(const struct app *app);

/*
 * answer.c: with --json each answer is one object on one line, of one machine where it is about machines; what is said on
 * the way and errors are such lines on stderr. Takes the object.
 */
void answer_json(FILE *out, cJSON *object);
void answer_member(const char *machine, const char *member, const char *value); /* {"Name": machine, member: value} */
void answer_done(const struct app *app, const char *machine,
		 const char *verb); /* for commands that act; only with --json */

/* Answers go to stdout, to a terminal without what would do something there; a failure to write is reported by main. */
void answer(const char *fmt, ...) PRINTF_LIKE(1, 2);
#define ANSWER(...) answer(__VA_ARGS__)

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

extern const struct cmd *const cmd_table[]; /* sorted by name; ends with NULL */
extern const struct opt app_opts[];	    /* global options */

const struct cmd *cmd_find(const char *name);
/* All option tables of a command, ended by NULL. */
void cmd_tables(const struct cmd *c, const struct opt **tables, size_t max);

/* help.c */
const char *help_summary(const struct app *app, const struct cmd *c);
void help_app(FILE *out, const struct app *app);
/* argv: what stands after the command, which may choose what is shown; `help COMMAND` gives none and shows all. */
void help_cmd(FILE *out, const struct app *app, const struct cmd *c, int argc, char *const *argv);
/* Options under a heading, folded to the terminal's width, else to 80 columns; nothing when there are none. */
void help_group(FILE *out, const char *title, const struct opt *table, bool (*fits)(const struct opt *o));
void help_text(FILE *out, const char *indent, const char *text); /* folded likewise */
/* The error of a command that does not exist, with the nearest that does in its hint. */
struct err *help_unknown(const struct app *app, const char *word) MUST_USE;

/*
 * own_name.c: a text in which `machine COMMAND` stands as this call names the program, with the options before the command
 * that this call was given, and with those of the command itself where it is the same. The caller frees.
 */
char *own_name(const struct app *app, const char *text);

/*
 * tell.c: a message as a line: without what a terminal acts on, and folded to its width; by the old name it is never folded.
 * commands: what follows a colon is to be copied (as in fold.h).
 */
void tell(const struct app *app, FILE *out, const char *text, bool commands);

/* targets.c: the machines that a command names, or "default" when it names none and that exists. */
struct err *target_names(const struct app *app, const struct opts *o, struct list *ret) MUST_USE;
struct err *target_too_many(void) MUST_USE; /* docker-machine's words to whoever names several where one is meant */
struct err *target_one(const struct app *app, const struct opts *o, struct machine **ret) MUST_USE;
/* Load all, then call fn for each side by side. Errors of loading are all shown and then nothing is done. */
struct err *target_each(const struct app *app, const struct opts *o,
			struct err *(*fn)(struct app *app, struct machine *m, const struct opts *o)) MUST_USE;

/*
 * connection.c: where the engine of a running machine answers, or with `swarm` the master of its swarm, which was asked over
 * mutual TLS. A certificate that is not for the machine's address, or that ends soon, is renewed first.
 */
struct err *connection_check(struct machine *m, bool swarm, struct driver_endpoint *ret) MUST_USE;

/* confirm.c: a question on stdout, the answer from stdin; one that begins with y or Y is yes. */
enum confirm {
	CONFIRM_NO,
	CONFIRM_YES,
	CONFIRM_END
}; /* CONFIRM_END: there was nothing to read */
enum confirm confirm(const char *question);

/* progress.c: the core's say(), on a terminal as live lines. */
struct progress *progress_new(struct app *app);
void progress_free(struct progress *p); /* NULL is fine */
void progress_say(void *data, enum say_kind kind, const char *machine, const char *text);
void progress_prefix(struct progress *p, bool on); /* several machines: every line names its own */

void version_answer(const struct app *app);
extern const char version_text[]; /* "0.1.0" */
extern const char version_commit[];

#endif
