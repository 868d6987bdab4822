/* SPDX-License-Identifier: Apache-2.0 */
/* The values of options: below opt_parse.c, which reads the command line, and opt.c, which tells what it found. */
#ifndef BASE_OPT_VALUE_H
#define BASE_OPT_VALUE_H

#include <stdint.h>

#include "base/err.h"
#include "base/opt_table.h"

enum opt_source {
	OPT_FROM_NOWHERE,
	OPT_FROM_FALLBACK,
	OPT_FROM_ENV,
	OPT_FROM_ARGS
};

struct opt_value {
	const struct opt *opt;
	enum opt_source source;
	bool long_used, letter_used;
	char *text;	/* NULL: none */
	int64_t number; /* of every type but OPT_STRING and OPT_LIST; milliseconds, mebibytes */
	struct list list;
	struct err *bad_variable; /* its variable has no value that it takes; NULL */
};

/* One value for each option of the tables; where two tables declare a name, the first one counts. */
void opt_values_init(struct opts *o);
/* By long name or by letter; NULL when no table has it. */
struct opt_value *opt_value_find(const struct opts *o, const char *name);
/* Take a text; a list grows by it. ERR_USAGE when it is not of the option's type. */
struct err *opt_value_set(struct opt_value *v, const char *text) MUST_USE;
/* Environment and fallbacks for the values that the command line did not give. */
struct err *opt_values_fill(struct opts *o) MUST_USE;

#endif
