/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of options, and the values that belong to them. */
#ifndef BASE_OPT_TABLE_H
#define BASE_OPT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

enum opt_type {
	OPT_FLAG,
	OPT_STRING,
	OPT_INT,
	OPT_LIST,
	OPT_DURATION,
	OPT_MIB
};

struct opt {
	const char *name;   /* long name without dashes; NULL ends a table */
	const char *letter; /* short name or NULL */
	enum opt_type type;
	const char *env;      /* variables ("A" or "A,B") that give a value when the option is not there, or NULL */
	const char *fallback; /* default as text, or NULL */
	const char *help;
	bool hidden; /* works, is not shown */
	bool secret; /* its value may hold a password or a token: no message repeats it */
};

struct opt_value;

/* Values of one or more tables; asking for a name that no table declares aborts (a bug). */
struct opts {
	const struct opt *const *tables; /* ends with NULL */
	struct opt_value *values;
	size_t n;
	struct list args; /* positional arguments */
};

#endif
