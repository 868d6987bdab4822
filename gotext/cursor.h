/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parser is: the next token, what is in scope, the template that is made. */
#ifndef GOTEXT_CURSOR_H
#define GOTEXT_CURSOR_H

#include "base/err.h"
#include "base/list.h"
#include "gotext/lex.h"
#include "gotext/node.h"

#define GOTEXT_MAX_DEPTH 50 /* of parentheses and blocks in one another */

struct gotext_cursor {
	const char *text;	     /* borrowed */
	struct gotext_tokens tokens; /* never empty */
	size_t at;		     /* the next token */
	size_t seen;		     /* the one last looked at: errors name its line */
	struct gotext_template *t;   /* what is made */
	struct list variables;	     /* in scope, with their "$" */
	int depth;
	int ranges;	 /* blocks of range around */
	int action_line; /* where the action began, 0 outside of one */
};

/* Lex text and stand at its first token. text must outlive the cursor. */
void gotext_cursor_init(struct gotext_cursor *p, const char *text);
/* Free also the template, unless somebody took it. */
void gotext_cursor_release(struct gotext_cursor *p);

/* Go's message with the line of the token that was last looked at. */
struct err *gotext_cursor_fail(const struct gotext_cursor *p, const char *fmt, ...) MUST_USE PRINTF_LIKE(2, 3);
/* The message for a token that does not belong here. context names what is parsed. */
struct err *gotext_cursor_unexpected(struct gotext_cursor *p, const struct gotext_token *t,
				     const char *context) MUST_USE;
struct err *gotext_cursor_enter(struct gotext_cursor *p) MUST_USE; /* one level deeper; the caller counts down */

const struct gotext_token *gotext_cursor_next(struct gotext_cursor *p);
const struct gotext_token *gotext_cursor_peek(struct gotext_cursor *p);
void gotext_cursor_skip_space(struct gotext_cursor *p);
bool gotext_cursor_is(const struct gotext_cursor *p, const struct gotext_token *t, const char *keyword);
char *gotext_cursor_text(const struct gotext_cursor *p, const struct gotext_token *t); /* the caller frees */
struct gotext_node *gotext_cursor_node(struct gotext_cursor *p, enum gotext_node_kind kind,
				       size_t at); /* owned by the template */

#endif
