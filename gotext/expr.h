/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of expressions: pipelines, commands, operands and constants. */
#ifndef GOTEXT_EXPR_H
#define GOTEXT_EXPR_H

#include "gotext/cursor.h"

/* A pipeline up to end (TOKEN_RIGHT or TOKEN_CLOSE), which is read, too. context is for errors. */
struct err *gotext_expr_pipe(struct gotext_cursor *p, const char *context, enum gotext_token_kind end,
			     struct gotext_node **ret) MUST_USE;

#endif
