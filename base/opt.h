/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as data, for commands and for drivers. The parser (base/opt_parse.h) follows docker-machine's grammar (Go's flag package with
 * the re-ordering of codegangsta/cli): one or two dashes, "=value" or a following argument, options after arguments.
 * The arguments before the first option come last: "a --url x b" gives [b a]. Where docker-machine took every later
 * option for an argument ("a -y b -f"), it is an option here.
 *
 * A value comes from the command line, else from the environment, else from the fallback. Lists are split at commas in
 * the two latter only. A switch or a number in the environment that makes no sense is passed over, as there; a duration
 * or a size, which docker-machine did not have, is an error.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "base/opt_table.h"
#include "base/str.h"

/* ERR_USAGE when the variable of an option of the table has no value that it takes; parsing takes the default then. */
struct err *opts_check_variables(const struct opts *o, const struct opt *table) MUST_USE;
void opts_release(struct opts *o);
#define auto_opts __attribute__((cleanup(opts_release))) struct opts

/* Each aborts for an option of another type; opts_str serves every type but OPT_LIST, with the text as given. */
bool opts_flag(const struct opts *o, const char *name);
const char *opts_str(const struct opts *o, const char *name); /* "" when not given and no default; borrowed */
int64_t opts_int(const struct opts *o, const char *name);
int64_t opts_mib(const struct opts *o, const char *name);
int opts_duration_ms(const struct opts *o, const char *name);
const struct list *opts_list(const struct opts *o, const char *name);
bool opts_given(const struct opts *o, const char *name); /* on the command line or by its variable */

bool opts_on_command_line(const struct opts *o, const char *name);

/* " --name VALUE" for each option that the command line gave and `want` wants, quoted for a POSIX shell. */
void opts_add_words(struct str *s, const struct opts *o, bool (*want)(void *data, const struct opt *opt), void *data);

#endif
