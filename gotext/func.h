/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of templates: Go's builtins, and json and prettyjson. */
#ifndef GOTEXT_FUNC_H
#define GOTEXT_FUNC_H

#include "gotext/work.h"

struct gotext_function {
	const char *name;
	int least, most; /* arguments; most < 0: any number */
	/* The message of its error is what Go writes behind "error calling NAME: ". */
	struct err *(*call)(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret);
};

/* NULL when there is none of that name. and, or: call is NULL, the runner evaluates their arguments one by one. */
const struct gotext_function *gotext_func_find(const char *name);

#endif
