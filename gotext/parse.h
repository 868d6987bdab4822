/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of statements. */
#ifndef GOTEXT_PARSE_H
#define GOTEXT_PARSE_H

#include "gotext/cursor.h"

/* The whole template from the cursor's place to its end: *ret is the first statement, NULL for an empty template. */
struct err *gotext_parse_all(struct gotext_cursor *p, struct gotext_node **ret) MUST_USE;

#endif
