/* SPDX-License-Identifier: Apache-2.0 */
/* From tokens to nodes, by the rules of Go's text/template/parse/parse.go: statements. Expressions: expr.c. */
#include "gotext/parse.h"
#include "base/mem.h"
#include "gotext/expr.h"

static struct err *parse_right(struct gotext_cursor *p, const char *context)
{
	gotext_cursor_skip_space(p);

	const struct gotext_token *t = gotext_cursor_next(p);

	return t->kind == TOKEN_RIGHT ? NULL : gotext_cursor_unexpected(p, t, context);
}

enum list_end {
	LIST_AT_EOF,
	LIST_AT_END,
	LIST_AT_ELSE,
	LIST_AT_ELSE_IF,
	LIST_AT_ELSE_WITH
};

static struct err *parse_list(struct gotext_cursor *p, struct gotext_node **ret, enum list_end *ret_end);

static const char *parse_end_text(enum list_end end)
{
	return end == LIST_AT_END ? "{{end}}" : "{{else}}";
}

/* if, with and range with their blocks; the keyword has been read. */
static struct err *parse_control(struct gotext_cursor *p, const char *context, enum gotext_node_kind kind, size_t at,
				 struct gotext_node **ret)
{
	size_t variables = p->variables.n;
	struct gotext_node *n = gotext_cursor_node(p, kind, at);
	enum list_end end;

	TRY(gotext_cursor_enter(p));
	TRY(gotext_expr_pipe(p, context, TOKEN_RIGHT, &n->pipe));
	p->ranges += kind == NODE_RANGE;
	TRY(parse_list(p, &n->body, &end));
	p->ranges -= kind == NODE_RANGE;
	if (end == LIST_AT_ELSE_IF || end == LIST_AT_ELSE_WITH) {
		if (kind != (end == LIST_AT_ELSE_IF ? NODE_IF : NODE_WITH))
			return gotext_cursor_fail(p, "unexpected <%s> in else", end == LIST_AT_ELSE_IF ? "if" : "with");
		/* It is all of the other block, and one {{end}} closes both. */
		TRY(parse_control(p, context, kind, p->tokens.items[p->at].at, &n->otherwise));
	} else if (end == LIST_AT_ELSE) {
		TRY(parse_list(p, &n->otherwise, &end));
		if (end != LIST_AT_END)
			return gotext_cursor_fail(p, "expected end; found %s", parse_end_text(end));
	}
	while (p->variables.n > variables)
		list_remove(&p->variables, p->variables.n - 1);
	p->depth--;
	*ret = n;
	return NULL;
}

/* {{else}}, {{else if and {{else with; the keyword has been read. */
static struct err *parse_else(struct gotext_cursor *p, enum list_end *ret)
{
	gotext_cursor_skip_space(p);

	const struct gotext_token *t = gotext_cursor_peek(p);

	*ret = gotext_cursor_is(p, t, "if")	? LIST_AT_ELSE_IF
	       : gotext_cursor_is(p, t, "with") ? LIST_AT_ELSE_WITH
						: LIST_AT_ELSE;
	if (*ret != LIST_AT_ELSE) {
		gotext_cursor_next(p);
		return NULL;
	}
	return parse_right(p, "else");
}

static struct err *parse_jump(struct gotext_cursor *p, const char *name, enum gotext_node_kind kind, size_t at,
			      struct gotext_node **ret)
{
	TRY(parse_right(p, name));
	if (!p->ranges)
		return gotext_cursor_fail(p, "{{%s}} outside {{range}}", name);
	*ret = gotext_cursor_node(p, kind, at);
	return NULL;
}

/* What "{{" begins. Sets *ret to a statement, or *ret_end. */
static struct err *parse_action(struct gotext_cursor *p, struct gotext_node **ret, enum list_end *ret_end)
{
	gotext_cursor_skip_space(p);

	const struct gotext_token *t = gotext_cursor_peek(p);

	if (t->kind != TOKEN_KEYWORD) {
		struct gotext_node *n = gotext_cursor_node(p, NODE_ACTION, t->at);

		*ret = n;
		return gotext_expr_pipe(p, "command", TOKEN_RIGHT, &n->pipe);
	}
	gotext_cursor_next(p);
	if (gotext_cursor_is(p, t, "end")) {
		*ret_end = LIST_AT_END;
		return parse_right(p, "end");
	}
	if (gotext_cursor_is(p, t, "else"))
		return parse_else(p, ret_end);
	if (gotext_cursor_is(p, t, "if"))
		return parse_control(p, "if", NODE_IF, t->at, ret);
	if (gotext_cursor_is(p, t, "with"))
		return parse_control(p, "with", NODE_WITH, t->at, ret);
	if (gotext_cursor_is(p, t, "range"))
		return parse_control(p, "range", NODE_RANGE, t->at, ret);
	if (gotext_cursor_is(p, t, "break"))
		return parse_jump(p, "break", NODE_BREAK, t->at, ret);
	if (gotext_cursor_is(p, t, "continue"))
		return parse_jump(p, "continue", NODE_CONTINUE, t->at, ret);

	auto_free char *word = gotext_cursor_text(p, t);

	return gotext_cursor_fail(p, "{{%s}} is not supported here", word);
}

/* Statements up to {{end}}, {{else}} or the end of the template. */
static struct err *parse_list(struct gotext_cursor *p, struct gotext_node **ret, enum list_end *ret_end)
{
	struct gotext_node **last = ret;

	*ret_end = LIST_AT_EOF;
	while (*ret_end == LIST_AT_EOF) {
		const struct gotext_token *t = gotext_cursor_next(p);
		struct gotext_node *n = NULL;

		if (t->kind == TOKEN_EOF)
			return p->depth ? gotext_cursor_fail(p, "unexpected EOF") : NULL;
		if (t->kind == TOKEN_TEXT) {
			n = gotext_cursor_node(p, NODE_TEXT, t->at);
			n->text = gotext_cursor_text(p, t);
		} else if (t->kind == TOKEN_LEFT) {
			p->action_line = t->line;
			TRY(parse_action(p, &n, ret_end));
			p->action_line = 0;
		} else {
			return gotext_cursor_unexpected(p, t, "input");
		}
		if (n) {
			*last = n;
			last = &n->next;
		}
	}
	if (!p->depth)
		return gotext_cursor_fail(p, "unexpected %s", parse_end_text(*ret_end));
	return NULL;
}

struct err *gotext_parse_all(struct gotext_cursor *p, struct gotext_node **ret)
{
	enum list_end end;

	return parse_list(p, ret, &end);
}
