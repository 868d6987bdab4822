/* SPDX-License-Identifier: Apache-2.0 */
/* Go's text/template over a JSON tree, as users of --format write it. */
#ifndef GOTEXT_GOTEXT_H
#define GOTEXT_GOTEXT_H

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/str.h"
#include "gotext/rules.h"

struct gotext_template;

/* Parse; the error's message is Go's ("template: :1: unclosed action"). *ret is the caller's. */
struct err *gotext_parse(const char *text, struct gotext_template **ret) MUST_USE;
void gotext_free(struct gotext_template *t);

/* Append the output for one value. Bounded in depth and output (1 MiB). */
struct err *gotext_run(const struct gotext_template *t, const cJSON *value, const struct gotext_rules *rules,
		       struct str *ret) MUST_USE;

/* A text in quotes, as Go's strconv.Quote writes it. The caller frees. */
char *gotext_quote(const char *text);

#endif
