/* SPDX-License-Identifier: Apache-2.0 */
/* What a template may do, and how Go words its errors. */
#ifndef GOTEXT_RULES_H
#define GOTEXT_RULES_H

#include <stdbool.h>

struct gotext_rules {
	const char *type_name; /* for "can't evaluate field X in type T"; NULL: missing members print <no value> */
	bool json_functions;   /* json and prettyjson are defined (inspect), else not (ls) */
};

#endif
