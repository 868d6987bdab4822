/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of the parser: pipelines, commands, operands and constants. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/utf8.h"
#include "gotext/parse.h"

static int unquote_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : 99;
}

/* One number of an escape: so many digits of that base. */
static bool unquote_number(const char **p, int digits, int base, uint32_t *ret)
{
	*ret = 0;
	for (; digits; digits--, (*p)++) {
		int digit = unquote_digit(**p);

		if (digit >= base)
			return false;
		*ret = *ret * (uint32_t)base + (uint32_t)digit;
	}
	return true;
}

/* What follows a backslash, as in Go; false when Go has no such escape, or when it is a NUL, which no string of ours has. */
static bool unquote_escape(const char **p, char quote, struct str *s)
{
	static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	char c = *(*p)++;
	const char *name = c ? strchr(names, c) : NULL;
	uint32_t code;

	if (name || c == quote) {
		str_add_char(s, name ? values[name - names] : c);
		return true;
	}
	if (c == 'x' || (c >= '0' && c <= '7')) {
		*p -= c != 'x';
		if (!unquote_number(p, c == 'x' ? 2 : 3, c == 'x' ? 16 : 8, &code) || !code || code > 0xff)
			return false;
		str_add_char(s, (char)code);
		return true;
	}
	if (c != 'u' && c != 'U')
		return false;
	if (!unquote_number(p, c == 'u' ? 4 : 8, 16, &code) || !code || code > 0x10ffff || (code >> 11) == 0x1b)
		return false;
	utf8_add(s, code);
	return true;
}

static bool unquote(const char *text, struct str *s)
{
	char quote = *text;
	const char *p = text + 1;

	while (*p && *p != quote) {
		if (*p != '\\') {
			str_add_char(s, *p++);
			continue;
		}
		p++;
		if (!unquote_escape(&p, quote, s))
			return false;
	}
	return true;
}

static struct err *parse_string(struct parser *p, const struct token *t, struct node **ret)
{
	struct node *n = parse_node(p, NODE_STRING, t->at);
	auto_str value = STR_INIT;

	n->source = parse_text(p, t);
	if (t->kind == TOKEN_RAW_STRING) {
		n->text = xstrndup(n->source + 1, t->len - 2);
	} else {
		if (!unquote(n->source, &value))
			return parse_fail(p, "invalid syntax");
		n->text = str_detach(&value);
	}
	*ret = n;
	return NULL;
}

static struct err *parse_char(struct parser *p, const struct token *t, struct node **ret)
{
	struct node *n = parse_node(p, NODE_INT, t->at);
	auto_str value = STR_INIT;
	uint32_t c = 0;

	n->source = parse_text(p, t);
	if (!unquote(n->source, &value) || !value.len || utf8_next(value.buf, &c) != value.len)
		return parse_fail(p, "malformed character constant: %s", n->source);
	n->whole = c == UTF8_BROKEN ? (unsigned char)value.buf[0] : c;
	*ret = n;
	return NULL;
}

static struct err *parse_number(struct parser *p, const struct token *t, struct node **ret)
{
	struct node *n = parse_node(p, NODE_INT, t->at);
	auto_str digits = STR_INIT;
	char *end;

	n->source = parse_text(p, t);
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
		return parse_fail(p, "illegal number syntax: \"%s\"", n->source);
	if (!strpbrk(digits.buf, ".eEpP"))
		return parse_fail(p, "integer overflow: \"%s\"", n->source);
	return NULL;
}

static struct err *parse_word(struct parser *p, const struct token *t, struct node **ret)
{
	struct node *n = parse_node(p, NODE_WORD, t->at);

	n->text = parse_text(p, t);
	if (!function_find(n->text))
		return parse_fail(p, "function \"%s\" not defined", n->text);
	/* Whether these are there is known when it is run. */
	if (str_ends(n->text, "json") && !p->t->json_line) {
		p->t->json_line = t->line;
		p->t->json_name = xstrdup(n->text);
	}
	*ret = n;
	return NULL;
}

static struct err *parse_variable(struct parser *p, const struct token *t, struct node **ret)
{
	struct node *n = parse_node(p, NODE_VARIABLE, t->at);
	char *name = parse_text(p, t);

	list_take(&n->names, name);
	if (!list_has(&p->variables, name))
		return parse_fail(p, "undefined variable \"%s\"", name);
	*ret = n;
	return NULL;
}

/* One operand without what hangs behind it; *ret stays NULL when there is none here. */
static struct err *parse_term(struct parser *p, struct node **ret)
{
	parse_skip_space(p);

	size_t here = p->at;
	const struct token *t = parse_next(p);

	switch (t->kind) {
	case TOKEN_WORD:
		return parse_word(p, t, ret);
	case TOKEN_VARIABLE:
		return parse_variable(p, t, ret);
	case TOKEN_STRING:
	case TOKEN_RAW_STRING:
		return parse_string(p, t, ret);
	case TOKEN_CHAR_CONSTANT:
		return parse_char(p, t, ret);
	case TOKEN_NUMBER:
		return parse_number(p, t, ret);
	case TOKEN_OPEN:
		TRY(parse_enter(p));
		TRY(parse_pipe(p, "parenthesized pipeline", TOKEN_CLOSE, ret));
		p->depth--;
		return NULL;
	case TOKEN_DOT:
	case TOKEN_NIL:
	case TOKEN_BOOL:
		*ret = parse_node(p,
				  t->kind == TOKEN_DOT	 ? NODE_DOT
				  : t->kind == TOKEN_NIL ? NODE_NIL
							 : NODE_BOOL,
				  t->at);
		(*ret)->truth = p->text[t->at] == 't';
		return NULL;
	case TOKEN_FIELD:
		*ret = parse_node(p, NODE_FIELD, t->at);
		list_take(&(*ret)->names, xstrndup(p->text + t->at + 1, t->len - 1));
		return NULL;
	default:
		p->at = here;
		return NULL;
	}
}

/* A term with the fields behind it. */
static struct err *parse_operand(struct parser *p, struct node **ret)
{
	struct node *n = NULL;

	TRY(parse_term(p, &n));
	if (n && parse_peek(p)->kind == TOKEN_FIELD) {
		if (n->kind == NODE_PIPE || n->kind == NODE_WORD) {
			struct node *chain = parse_node(p, NODE_CHAIN, parse_peek(p)->at);

			chain->child = n;
			n = chain;
		} else if (n->kind != NODE_FIELD && n->kind != NODE_VARIABLE) {
			auto_str text = STR_INIT, quoted = STR_INIT;

			node_add_text(&text, n);
			value_quote(&quoted, text.buf);
			return parse_fail(p, "unexpected . after term %s", quoted.buf);
		}
		/* Errors point to the first of them, as in Go. */
		n->at = parse_peek(p)->at;
		while (parse_peek(p)->kind == TOKEN_FIELD) {
			const struct token *t = parse_next(p);

			list_take(&n->names, xstrndup(p->text + t->at + 1, t->len - 1));
		}
	}
	*ret = n;
	return NULL;
}

static struct err *parse_command(struct parser *p, struct node **ret)
{
	parse_skip_space(p);

	struct node *n = parse_node(p, NODE_COMMAND, parse_peek(p)->at), **last = &n->child;

	for (;;) {
		struct node *operand = NULL;
		const struct token *t;

		TRY(parse_operand(p, &operand));
		if (operand) {
			*last = operand;
			last = &operand->next;
		}
		t = parse_peek(p);
		if (t->kind == TOKEN_RIGHT || t->kind == TOKEN_CLOSE)
			break;
		parse_next(p);
		if (t->kind == TOKEN_PIPE)
			break;
		if (t->kind != TOKEN_SPACE)
			return parse_unexpected(p, t, "operand");
	}
	if (!n->child)
		return parse_fail(p, "empty command");
	*ret = n;
	return NULL;
}

static void parse_declare(struct parser *p, struct node *pipe, const struct token *variable)
{
	char *name = parse_text(p, variable);

	list_take(&pipe->names, name);
	list_add(&p->variables, name);
}

/* "$x :=", "$x =" and, for range, "$i, $x :=". */
static struct err *parse_declarations(struct parser *p, struct node *pipe, const char *context)
{
	for (;;) {
		size_t start;
		const struct token *variable, *t;

		parse_skip_space(p);
		start = p->at;
		variable = parse_peek(p);
		if (variable->kind != TOKEN_VARIABLE)
			return NULL;
		parse_next(p);
		parse_skip_space(p);
		t = parse_peek(p);
		if (t->kind == TOKEN_ASSIGN || t->kind == TOKEN_DECLARE) {
			parse_next(p);
			pipe->assigns = t->kind == TOKEN_ASSIGN;
			parse_declare(p, pipe, variable);
			return NULL;
		}
		if (t->kind != TOKEN_CHAR || p->text[t->at] != ',') {
			/* A variable that is used, not set. */
			p->at = start;
			return NULL;
		}
		parse_next(p);
		parse_declare(p, pipe, variable);
		if (!str_eq(context, "range") || pipe->names.n > 1)
			return parse_fail(p, "too many declarations in %s", context);
		parse_skip_space(p);
		if (parse_peek(p)->kind != TOKEN_VARIABLE)
			return parse_fail(p, "range can only initialize variables");
	}
}

/* Only the first command of a pipeline can be a mere value. */
static struct err *parse_check_pipe(struct parser *p, const struct node *pipe, const char *context)
{
	int stage = 1;

	if (!pipe->child)
		return parse_fail(p, "missing value for %s", context);
	for (const struct node *c = pipe->child->next; c; c = c->next) {
		stage++;
		switch (c->child->kind) {
		case NODE_BOOL:
		case NODE_DOT:
		case NODE_NIL:
		case NODE_INT:
		case NODE_FLOAT:
		case NODE_STRING:
			return parse_fail(p, "non executable command in pipeline stage %d", stage);
		default:
			break;
		}
	}
	return NULL;
}

static bool parse_begins_operand(const struct token *t)
{
	static const enum token_kind kinds[] = {
		TOKEN_DOT,    TOKEN_FIELD,	   TOKEN_VARIABLE, TOKEN_WORD,	     TOKEN_BOOL, TOKEN_NIL,
		TOKEN_NUMBER, TOKEN_CHAR_CONSTANT, TOKEN_STRING,   TOKEN_RAW_STRING, TOKEN_OPEN,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (t->kind == kinds[i])
			return true;
	return false;
}

struct err *parse_pipe(struct parser *p, const char *context, enum token_kind end, struct node **ret)
{
	parse_skip_space(p);

	struct node *pipe = parse_node(p, NODE_PIPE, parse_peek(p)->at), **last = &pipe->child;

	TRY(parse_declarations(p, pipe, context));
	for (;;) {
		const struct token *t;

		parse_skip_space(p);
		t = parse_peek(p);
		if (t->kind == end) {
			parse_next(p);
			TRY(parse_check_pipe(p, pipe, context));
			*ret = pipe;
			return NULL;
		}
		if (!parse_begins_operand(t))
			return parse_unexpected(p, t, context);
		TRY(parse_command(p, last));
		last = &(*last)->next;
	}
}
