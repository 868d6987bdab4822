/* SPDX-License-Identifier: Apache-2.0 */
/* From tokens to nodes, by the rules of Go's text/template/parse/parse.go: statements. Expressions: template_expr.c. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gotext/parse.h"

struct err *parse_fail(const struct parser *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	auto_free char *what = xvasprintf(fmt, args);
	va_end(args);
	return err_new(ERR_FAILED, "template: :%d: %s", p->tokens.items[p->seen].line, what);
}

const struct token *parse_next(struct parser *p)
{
	const struct token *t = &p->tokens.items[p->at];

	p->seen = p->at;
	/* The last one, end or error, is given again and again. */
	if (p->at + 1 < p->tokens.n)
		p->at++;
	return t;
}

const struct token *parse_peek(struct parser *p)
{
	p->seen = p->at;
	return &p->tokens.items[p->at];
}

void parse_skip_space(struct parser *p)
{
	while (parse_peek(p)->kind == TOKEN_SPACE)
		parse_next(p);
}

char *parse_text(const struct parser *p, const struct token *t)
{
	return xstrndup(p->text + t->at, t->len);
}

bool parse_is(const struct parser *p, const struct token *t, const char *keyword)
{
	return t->kind == TOKEN_KEYWORD && strlen(keyword) == t->len && memcmp(p->text + t->at, keyword, t->len) == 0;
}

/* As the token prints itself in Go. */
static char *parse_show(const struct parser *p, const struct token *t)
{
	auto_free char *text = parse_text(p, t);
	auto_str quoted = STR_INIT;

	if (t->kind == TOKEN_EOF)
		return xstrdup("EOF");
	if (t->kind == TOKEN_KEYWORD)
		return xasprintf("<%s>", text);
	if (t->len > 10)
		text[10] = '\0';
	value_quote(&quoted, text);
	return xasprintf("%s%s", quoted.buf, t->len > 10 ? "..." : "");
}

struct err *parse_unexpected(struct parser *p, const struct token *t, const char *context)
{
	auto_free char *shown = parse_show(p, t);
	const char *error = p->tokens.error;

	if (t->kind != TOKEN_ERROR)
		return parse_fail(p, "unexpected %s in %s", shown, context);
	if (!p->action_line || p->action_line == t->line)
		return parse_fail(p, "%s", error);
	/* "unclosed action in action" would be one too many. */
	return parse_fail(p, "%s%s started at :%d", error, str_ends(error, " action") ? "" : " in action",
			  p->action_line);
}

struct node *parse_node(struct parser *p, enum node_kind kind, size_t at)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->at = at;
	n->all = p->t->all;
	p->t->all = n;
	return n;
}

struct err *parse_enter(struct parser *p)
{
	if (++p->depth > TEMPLATE_MAX_DEPTH)
		return parse_fail(p, "more than %d levels", TEMPLATE_MAX_DEPTH);
	return NULL;
}

static struct err *parse_right(struct parser *p, const char *context)
{
	parse_skip_space(p);

	const struct token *t = parse_next(p);

	return t->kind == TOKEN_RIGHT ? NULL : parse_unexpected(p, t, context);
}

enum list_end {
	LIST_AT_EOF,
	LIST_AT_END,
	LIST_AT_ELSE,
	LIST_AT_ELSE_IF,
	LIST_AT_ELSE_WITH
};

static struct err *parse_list(struct parser *p, struct node **ret, enum list_end *ret_end);

static const char *parse_end_text(enum list_end end)
{
	return end == LIST_AT_END ? "{{end}}" : "{{else}}";
}

/* if, with and range with their blocks; the keyword has been read. */
static struct err *parse_control(struct parser *p, const char *context, enum node_kind kind, size_t at,
				 struct node **ret)
{
	size_t variables = p->variables.n;
	struct node *n = parse_node(p, kind, at);
	enum list_end end;

	TRY(parse_enter(p));
	TRY(parse_pipe(p, context, TOKEN_RIGHT, &n->pipe));
	p->ranges += kind == NODE_RANGE;
	TRY(parse_list(p, &n->body, &end));
	p->ranges -= kind == NODE_RANGE;
	if (end == LIST_AT_ELSE_IF || end == LIST_AT_ELSE_WITH) {
		if (kind != (end == LIST_AT_ELSE_IF ? NODE_IF : NODE_WITH))
			return parse_fail(p, "unexpected <%s> in else", end == LIST_AT_ELSE_IF ? "if" : "with");
		/* It is all of the other block, and one {{end}} closes both. */
		TRY(parse_control(p, context, kind, p->tokens.items[p->at].at, &n->otherwise));
	} else if (end == LIST_AT_ELSE) {
		TRY(parse_list(p, &n->otherwise, &end));
		if (end != LIST_AT_END)
			return parse_fail(p, "expected end; found %s", parse_end_text(end));
	}
	while (p->variables.n > variables)
		list_remove(&p->variables, p->variables.n - 1);
	p->depth--;
	*ret = n;
	return NULL;
}

/* {{else}}, {{else if and {{else with; the keyword has been read. */
static struct err *parse_else(struct parser *p, enum list_end *ret)
{
	parse_skip_space(p);

	const struct token *t = parse_peek(p);

	*ret = parse_is(p, t, "if") ? LIST_AT_ELSE_IF : parse_is(p, t, "with") ? LIST_AT_ELSE_WITH : LIST_AT_ELSE;
	if (*ret != LIST_AT_ELSE) {
		parse_next(p);
		return NULL;
	}
	return parse_right(p, "else");
}

static struct err *parse_jump(struct parser *p, const char *name, enum node_kind kind, size_t at, struct node **ret)
{
	TRY(parse_right(p, name));
	if (!p->ranges)
		return parse_fail(p, "{{%s}} outside {{range}}", name);
	*ret = parse_node(p, kind, at);
	return NULL;
}

/* What "{{" begins. Sets *ret to a statement, or *ret_end. */
static struct err *parse_action(struct parser *p, struct node **ret, enum list_end *ret_end)
{
	parse_skip_space(p);

	const struct token *t = parse_peek(p);

	if (t->kind != TOKEN_KEYWORD) {
		struct node *n = parse_node(p, NODE_ACTION, t->at);

		*ret = n;
		return parse_pipe(p, "command", TOKEN_RIGHT, &n->pipe);
	}
	parse_next(p);
	if (parse_is(p, t, "end")) {
		*ret_end = LIST_AT_END;
		return parse_right(p, "end");
	}
	if (parse_is(p, t, "else"))
		return parse_else(p, ret_end);
	if (parse_is(p, t, "if"))
		return parse_control(p, "if", NODE_IF, t->at, ret);
	if (parse_is(p, t, "with"))
		return parse_control(p, "with", NODE_WITH, t->at, ret);
	if (parse_is(p, t, "range"))
		return parse_control(p, "range", NODE_RANGE, t->at, ret);
	if (parse_is(p, t, "break"))
		return parse_jump(p, "break", NODE_BREAK, t->at, ret);
	if (parse_is(p, t, "continue"))
		return parse_jump(p, "continue", NODE_CONTINUE, t->at, ret);

	auto_free char *word = parse_text(p, t);

	return parse_fail(p, "{{%s}} is not supported here", word);
}

/* Statements up to {{end}}, {{else}} or the end of the template. */
static struct err *parse_list(struct parser *p, struct node **ret, enum list_end *ret_end)
{
	struct node **last = ret;

	*ret_end = LIST_AT_EOF;
	while (*ret_end == LIST_AT_EOF) {
		const struct token *t = parse_next(p);
		struct node *n = NULL;

		if (t->kind == TOKEN_EOF)
			return p->depth ? parse_fail(p, "unexpected EOF") : NULL;
		if (t->kind == TOKEN_TEXT) {
			n = parse_node(p, NODE_TEXT, t->at);
			n->text = parse_text(p, t);
		} else if (t->kind == TOKEN_LEFT) {
			p->action_line = t->line;
			TRY(parse_action(p, &n, ret_end));
			p->action_line = 0;
		} else {
			return parse_unexpected(p, t, "input");
		}
		if (n) {
			*last = n;
			last = &n->next;
		}
	}
	if (!p->depth)
		return parse_fail(p, "unexpected %s", parse_end_text(*ret_end));
	return NULL;
}

void template_free(struct template *t)
{
	struct node *next;

	if (!t)
		return;
	for (struct node *n = t->all; n; n = next) {
		next = n->all;
		list_release(&n->names);
		free(n->text);
		free(n->source);
		free(n);
	}
	free(t->json_name);
	free(t->text);
	free(t);
}

static void parser_release(struct parser *p)
{
	tokens_release(&p->tokens);
	list_release(&p->variables);
	template_free(p->t);
}

struct err *template_parse(const char *text, struct template **ret)
{
	__attribute__((cleanup(parser_release))) struct parser p = { .text = text };
	enum list_end end;

	if (strlen(text) > TEMPLATE_MAX_TEXT)
		return err_new(ERR_FAILED, "template: larger than %u bytes", TEMPLATE_MAX_TEXT);
	p.t = xcalloc(1, sizeof(*p.t));
	p.t->text = xstrdup(text);
	list_add(&p.variables, "$");
	template_lex(text, &p.tokens);
	TRY(parse_list(&p, &p.t->body, &end));
	*ret = TAKE(p.t);
	return NULL;
}
