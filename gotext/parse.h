/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two halves of the parser of templates: statements and expressions. */
#ifndef GOTEXT_PARSE_H
#define GOTEXT_PARSE_H

#include "gotext/internal.h"

struct parser {
	const char *text;
	struct tokens tokens;
	size_t at;   /* the next token */
	size_t seen; /* the one last looked at: errors name its line */
	struct template *t;
	struct list variables; /* in scope, with their "$" */
	int depth;
	int ranges;	 /* blocks of range around */
	int action_line; /* where the action began, 0 outside of one */
};

struct err *parse_fail(const struct parser *p, const char *fmt, ...) MUST_USE PRINTF_LIKE(2, 3);
struct err *parse_unexpected(struct parser *p, const struct token *t, const char *context) MUST_USE;
struct err *parse_enter(struct parser *p) MUST_USE; /* one level deeper; the caller counts down */

const struct token *parse_next(struct parser *p);
const struct token *parse_peek(struct parser *p);
void parse_skip_space(struct parser *p);
bool parse_is(const struct parser *p, const struct token *t, const char *keyword);
char *parse_text(const struct parser *p, const struct token *t);	   /* the caller frees */
struct node *parse_node(struct parser *p, enum node_kind kind, size_t at); /* owned by the template */

/* A pipeline up to end (TOKEN_RIGHT or TOKEN_CLOSE), which is read, too. context is for errors. */
struct err *parse_pipe(struct parser *p, const char *context, enum token_kind end, struct node **ret) MUST_USE;

#endif
