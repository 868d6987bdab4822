/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of a template has made and how much it has worked: both are bounded. */
#ifndef GOTEXT_WORK_H
#define GOTEXT_WORK_H

#include "gotext/value.h"

struct gotext_work {
	const struct str *out; /* what was printed, borrowed: its length is bounded, too */
	bool typed;	       /* whole numbers are Go's int (gotext_value_from) */
	struct list made;      /* strings that values borrow */
	cJSON *made_nodes;     /* an array of lists that values borrow */
	size_t memory;
	int steps;
};

void gotext_work_release(struct gotext_work *w);

/* Take a string, which lives as long as the run, as a value. It is taken when this fails, too. */
struct err *gotext_work_keep(struct gotext_work *w, char *text, struct gotext_value *ret) MUST_USE;
/* The same for a list. */
void gotext_work_keep_list(struct gotext_work *w, cJSON *list, struct gotext_value *ret);
/* Count work; an error when there was too much. */
struct err *gotext_work_step(struct gotext_work *w, size_t n) MUST_USE;

#endif
