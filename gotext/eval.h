/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of a running template: variables, operands, calls and pipelines. */
#ifndef GOTEXT_EVAL_H
#define GOTEXT_EVAL_H

#include "gotext/node.h"
#include "gotext/rules.h"
#include "gotext/work.h"

struct gotext_variable {
	const char *name; /* borrowed from the template */
	struct gotext_value value;
};

struct gotext_eval {
	const struct gotext_template *t;
	const struct gotext_rules *rules;
	struct gotext_work work;
	struct gotext_value root;
	struct gotext_variable *variables; /* the last ones are the innermost */
	size_t n_variables, cap_variables;
};

void gotext_eval_release(struct gotext_eval *r);

/* An error as Go words it: line, place in the line, and the node as text. */
struct err *gotext_eval_fail(const struct gotext_eval *r, const struct gotext_node *n, const char *fmt, ...) MUST_USE
	PRINTF_LIKE(3, 4);

/* Declare a variable. Leaving its scope is setting n_variables back. name is borrowed. */
void gotext_eval_set(struct gotext_eval *r, const char *name, struct gotext_value v);
/* Give another value to one that was declared; n is for the error. */
struct err *gotext_eval_assign(struct gotext_eval *r, const struct gotext_node *n, const char *name,
			       struct gotext_value v) MUST_USE;

/* The value of a pipeline; sets the variables that it names. */
struct err *gotext_eval_pipe(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *pipe,
			     struct gotext_value *ret) MUST_USE;

#endif
