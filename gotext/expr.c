/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of expressions: pipelines, commands, operands and constants. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "gotext/expr.h"
#include "gotext/func.h"
#include "gotext/unquote.h"

static struct err *expr_string(struct gotext_cursor *p, const struct gotext_token *t, struct gotext_node **ret)
{
	struct gotext_node *n = gotext_cursor_node(p, NODE_STRING, t->at);
	auto_str value = STR_INIT;

	n->source = gotext_cursor_text(p, t);
	if (t->kind == TOKEN_RAW_STRING) {
		n->text = xstrndup(n->source + 1, t->len - 2);
	} else {
		if (!gotext_unquote(n->source, &value))
			return gotext_cursor_fail(p, "invalid syntax");
		n->text = str_detach(&value);
	}
	*ret = n;
	return NULL;
}

static struct err *expr_char(struct gotext_cursor *p, const struct gotext_token *t, struct gotext_node **ret)
{
	struct gotext_node *n = gotext_cursor_node(p, NODE_INT, t->at);
	auto_str value = STR_INIT;
	uint32_t c = 0;

	n->source = gotext_cursor_text(p, t);
	if (!gotext_unquote(n->source, &value) || !value.len || utf8_next(value.buf, &c) != value.len)
		return gotext_cursor_fail(p, "malformed character constant: %s", n->source);
	n->whole = c == UTF8_BROKEN ? (unsigned char)value.buf[0] : c;
	*ret = n;
	return NULL;
}

static struct err *expr_number(struct gotext_cursor *p, const struct gotext_token *t, struct gotext_node **ret)
{
	struct gotext_node *n = gotext_cursor_node(p, NODE_INT, t->at);
	auto_str digits = STR_INIT;
	char *end;

	n->source = gotext_cursor_text(p, t);
	*ret = n;
	/* Go 1.13 allows underscores between digits. */
	for (const char *c = n->source; *c; c++)
		if (*c != '_')
			str_add_char(&digits, *c);

	struct err *whole = num_int(digits.buf, INT64_MIN, INT64_MAX, &n->whole);

	if (!whole)
		return NULL;
	err_free(whole);
	n->kind = NODE_FLOAT;
	n->real = strtod(digits.buf, &end);
	if (!digits.len || *end)
		return gotext_cursor_fail(p, "illegal number syntax: \"%s\"", n->source);
	if (!strpbrk(digits.buf, ".eEpP"))
		return gotext_cursor_fail(p, "integer overflow: \"%s\"", n->source);
	return NULL;
}

static struct err *expr_word(struct gotext_cursor *p, const struct gotext_token *t, struct gotext_node **ret)
{
	struct gotext_node *n = gotext_cursor_node(p, NODE_WORD, t->at);

	n->text = gotext_cursor_text(p, t);
	if (!gotext_func_find(n->text))
		return gotext_cursor_fail(p, "function \"%s\" not defined", n->text);
	/* Whether these are there is known when it is run. */
	if (str_ends(n->text, "json") && !p->t->json_line) {
		p->t->json_line = t->line;
		p->t->json_name = xstrdup(n->text);
	}
	*ret = n;
	return NULL;
}

static struct err *expr_variable(struct gotext_cursor *p, const struct gotext_token *t, struct gotext_node **ret)
{
	struct gotext_node *n = gotext_cursor_node(p, NODE_VARIABLE, t->at);
	char *name = gotext_cursor_text(p, t);

	list_take(&n->names, name);
	if (!list_has(&p->variables, name))
		return gotext_cursor_fail(p, "undefined variable \"%s\"", name);
	*ret = n;
	return NULL;
}

/* One operand without what hangs behind it; *ret stays NULL when there is none here. */
static struct err *expr_term(struct gotext_cursor *p, struct gotext_node **ret)
{
	gotext_cursor_skip_space(p);

	size_t here = p->at;
	const struct gotext_token *t = gotext_cursor_next(p);

	switch (t->kind) {
	case TOKEN_WORD:
		return expr_word(p, t, ret);
	case TOKEN_VARIABLE:
		return expr_variable(p, t, ret);
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
		return expr_string(p, t, ret);
	case TOKEN_CHAR_CONSTANT:
		return expr_char(p, t, ret);
	case TOKEN_NUMBER:
		return expr_number(p, t, ret);
	case TOKEN_OPEN:
		TRY(gotext_cursor_enter(p));
		TRY(gotext_expr_pipe(p, "parenthesized pipeline", TOKEN_CLOSE, ret));
		p->depth--;
		return NULL;
	case TOKEN_DOT:
	case TOKEN_NIL:
	case TOKEN_BOOL:
		*ret = gotext_cursor_node(p,
					  t->kind == TOKEN_DOT	 ? NODE_DOT
					  : t->kind == TOKEN_NIL ? NODE_NIL
								 : NODE_BOOL,
					  t->at);
		(*ret)->truth = p->text[t->at] == 't';
		return NULL;
	case TOKEN_FIELD:
		*ret = gotext_cursor_node(p, NODE_FIELD, t->at);
		list_take(&(*ret)->names, xstrndup(p->text + t->at + 1, t->len - 1));
		return NULL;
	default:
		p->at = here;
		return NULL;
	}
}

/* A term with the fields behind it. */
static struct err *expr_operand(struct gotext_cursor *p, struct gotext_node **ret)
{
	struct gotext_node *n = NULL;

	TRY(expr_term(p, &n));
	if (n && gotext_cursor_peek(p)->kind == TOKEN_FIELD) {
		if (n->kind == NODE_PIPE || n->kind == NODE_WORD) {
			struct gotext_node *chain = gotext_cursor_node(p, NODE_CHAIN, gotext_cursor_peek(p)->at);

			chain->child = n;
			n = chain;
		} else if (n->kind != NODE_FIELD && n->kind != NODE_VARIABLE) {
			auto_str text = STR_INIT, quoted = STR_INIT;

			gotext_node_add_text(&text, n);
			gotext_value_quote(&quoted, text.buf);
			return gotext_cursor_fail(p, "unexpected . after term %s", quoted.buf);
		}
		/* Errors point to the first of them, as in Go. */
		n->at = gotext_cursor_peek(p)->at;
		while (gotext_cursor_peek(p)->kind == TOKEN_FIELD) {
			const struct gotext_token *t = gotext_cursor_next(p);

			list_take(&n->names, xstrndup(p->text + t->at + 1, t->len - 1));
		}
	}
	*ret = n;
	return NULL;
}

static struct err *expr_command(struct gotext_cursor *p, struct gotext_node **ret)
{
	gotext_cursor_skip_space(p);

	struct gotext_node *n = gotext_cursor_node(p, NODE_COMMAND, gotext_cursor_peek(p)->at), **last = &n->child;

	for (;;) {
		struct gotext_node *operand = NULL;
		const struct gotext_token *t;

		TRY(expr_operand(p, &operand));
		if (operand) {
			*last = operand;
			last = &operand->next;
		}
		t = gotext_cursor_peek(p);
		if (t->kind == TOKEN_RIGHT || t->kind == TOKEN_CLOSE)
			break;
		gotext_cursor_next(p);
		if (t->kind == TOKEN_PIPE)
			break;
		if (t->kind != TOKEN_SPACE)
			return gotext_cursor_unexpected(p, t, "operand");
	}
	if (!n->child)
		return gotext_cursor_fail(p, "empty command");
	*ret = n;
	return NULL;
}

static void expr_declare(struct gotext_cursor *p, struct gotext_node *pipe, const struct gotext_token *variable)
{
	char *name = gotext_cursor_text(p, variable);

	list_take(&pipe->names, name);
	list_add(&p->variables, name);
}

/* "$x :=", "$x =" and, for range, "$i, $x :=". */
static struct err *expr_declarations(struct gotext_cursor *p, struct gotext_node *pipe, const char *context)
{
	for (;;) {
		size_t start;
		const struct gotext_token *variable, *t;

		gotext_cursor_skip_space(p);
		start = p->at;
		variable = gotext_cursor_peek(p);
		if (variable->kind != TOKEN_VARIABLE)
			return NULL;
		gotext_cursor_next(p);
		gotext_cursor_skip_space(p);
		t = gotext_cursor_peek(p);
		if (t->kind == TOKEN_ASSIGN || t->kind == TOKEN_DECLARE) {
			gotext_cursor_next(p);
			pipe->assigns = t->kind == TOKEN_ASSIGN;
			expr_declare(p, pipe, variable);
			return NULL;
		}
		if (t->kind != TOKEN_CHAR || p->text[t->at] != ',') {
			/* A variable that is used, not set. */
			p->at = start;
			return NULL;
		}
		gotext_cursor_next(p);
		expr_declare(p, pipe, variable);
		if (!str_eq(context, "range") || pipe->names.n > 1)
			return gotext_cursor_fail(p, "too many declarations in %s", context);
		gotext_cursor_skip_space(p);
		if (gotext_cursor_peek(p)->kind != TOKEN_VARIABLE)
			return gotext_cursor_fail(p, "range can only initialize variables");
	}
}

/* Only the first command of a pipeline can be a mere value. */
static struct err *expr_check_pipe(struct gotext_cursor *p, const struct gotext_node *pipe, const char *context)
{
	int stage = 1;

	if (!pipe->child)
		return gotext_cursor_fail(p, "missing value for %s", context);
	for (const struct gotext_node *c = pipe->child->next; c; c = c->next) {
		stage++;
		switch (c->child->kind) {
		case NODE_BOOL:
		case NODE_DOT:
		case NODE_NIL:
		case NODE_INT:
		case NODE_FLOAT:
		case NODE_STRING:
			return gotext_cursor_fail(p, "non executable command in pipeline stage %d", stage);
		default:
			break;
		}
	}
	return NULL;
}

static bool expr_begins_operand(const struct gotext_token *t)
{
	static const enum gotext_token_kind kinds[] = {
		TOKEN_DOT,    TOKEN_FIELD,	   TOKEN_VARIABLE, TOKEN_WORD,	     TOKEN_BOOL, TOKEN_NIL,
		TOKEN_NUMBER, TOKEN_CHAR_CONSTANT, TOKEN_STRING,   TOKEN_RAW_STRING, TOKEN_OPEN,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (t->kind == kinds[i])
			return true;
	return false;
}

struct err *gotext_expr_pipe(struct gotext_cursor *p, const char *context, enum gotext_token_kind end,
			     struct gotext_node **ret)
{
	gotext_cursor_skip_space(p);

	struct gotext_node *pipe = gotext_cursor_node(p, NODE_PIPE, gotext_cursor_peek(p)->at), **last = &pipe->child;

	TRY(expr_declarations(p, pipe, context));
	for (;;) {
		const struct gotext_token *t;

		gotext_cursor_skip_space(p);
		t = gotext_cursor_peek(p);
		if (t->kind == end) {
			gotext_cursor_next(p);
			TRY(expr_check_pipe(p, pipe, context));
			*ret = pipe;
			return NULL;
		}
		if (!expr_begins_operand(t))
			return gotext_cursor_unexpected(p, t, context);
		TRY(expr_command(p, last));
		last = &(*last)->next;
	}
}
