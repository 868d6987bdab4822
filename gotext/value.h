/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a running template: what they are, and how Go's fmt prints them with %v. */
#ifndef GOTEXT_VALUE_H
#define GOTEXT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/str.h"

#define GOTEXT_MAX_OUTPUT (1u << 20)

enum gotext_value_kind {
	VALUE_NONE, /* a member that is missing */
	VALUE_NIL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_DURATION,
	VALUE_LIST,
	VALUE_MAP
};

/* Strings and nodes are borrowed: from the data, from the template, or from the run that made them. */
struct gotext_value {
	enum gotext_value_kind kind;
	bool truth;
	int64_t whole; /* int; nanoseconds of a duration */
	double real;
	const char *text;
	const cJSON *node; /* list and map; of a float, the number that it comes from or NULL */
};

/* typed: whole numbers are Go's int, as in a struct; otherwise float64, as in decoded JSON. */
struct gotext_value gotext_value_from(const cJSON *node, bool typed);
struct gotext_value gotext_value_of_text(const char *text);
struct gotext_value gotext_value_of_int(int64_t whole);
struct gotext_value gotext_value_of_bool(bool truth);

bool gotext_value_is_true(const struct gotext_value *v);
const char *gotext_value_type(const struct gotext_value *v);
/* As fmt's %v; stops early when s grows past GOTEXT_MAX_OUTPUT. */
void gotext_value_print(struct str *s, const struct gotext_value *v, bool typed);
void gotext_value_print_duration(struct str *s, int64_t ns);
/* As strconv.Quote. */
void gotext_value_quote(struct str *s, const char *text);

#endif
