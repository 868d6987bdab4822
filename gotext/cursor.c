/* SPDX-License-Identifier: Apache-2.0 */
/* The parser's place in the tokens, and its words for what does not belong there. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gotext/cursor.h"
#include "gotext/value.h"

void gotext_cursor_init(struct gotext_cursor *p, const char *text)
{
	*p = (struct gotext_cursor){ .text = text, .t = xcalloc(1, sizeof(*p->t)) };
	p->t->text = xstrdup(text);
	list_add(&p->variables, "$");
	gotext_lex(text, &p->tokens);
}

void gotext_cursor_release(struct gotext_cursor *p)
{
	gotext_tokens_release(&p->tokens);
	list_release(&p->variables);
	gotext_node_free_all(p->t);
}

struct err *gotext_cursor_fail(const struct gotext_cursor *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	auto_free char *what = xvasprintf(fmt, args);
	va_end(args);
	return err_new(ERR_FAILED, "template: :%d: %s", p->tokens.items[p->seen].line, what);
}

const struct gotext_token *gotext_cursor_next(struct gotext_cursor *p)
{
	const struct gotext_token *t = &p->tokens.items[p->at];

	p->seen = p->at;
	/* The last one, end or error, is given again and again. */
	if (p->at + 1 < p->tokens.n)
		p->at++;
	return t;
}

const struct gotext_token *gotext_cursor_peek(struct gotext_cursor *p)
{
	p->seen = p->at;
	return &p->tokens.items[p->at];
}

void gotext_cursor_skip_space(struct gotext_cursor *p)
{
	while (gotext_cursor_peek(p)->kind == TOKEN_SPACE)
		gotext_cursor_next(p);
}

char *gotext_cursor_text(const struct gotext_cursor *p, const struct gotext_token *t)
{
	return xstrndup(p->text + t->at, t->len);
}

bool gotext_cursor_is(const struct gotext_cursor *p, const struct gotext_token *t, const char *keyword)
{
	return t->kind == TOKEN_KEYWORD && strlen(keyword) == t->len && memcmp(p->text + t->at, keyword, t->len) == 0;
}

/* As the token prints itself in Go. */
static char *cursor_show(const struct gotext_cursor *p, const struct gotext_token *t)
{
	auto_free char *text = gotext_cursor_text(p, t);
	auto_str quoted = STR_INIT;

	if (t->kind == TOKEN_EOF)
		return xstrdup("EOF");
	if (t->kind == TOKEN_KEYWORD)
		return xasprintf("<%s>", text);
	if (t->len > 10)
		text[10] = '\0';
	gotext_value_quote(&quoted, text);
	return xasprintf("%s%s", quoted.buf, t->len > 10 ? "..." : "");
}

struct err *gotext_cursor_unexpected(struct gotext_cursor *p, const struct gotext_token *t, const char *context)
{
	auto_free char *shown = cursor_show(p, t);
	const char *error = p->tokens.error;

	if (t->kind != TOKEN_ERROR)
		return gotext_cursor_fail(p, "unexpected %s in %s", shown, context);
	if (!p->action_line || p->action_line == t->line)
		return gotext_cursor_fail(p, "%s", error);
	/* "unclosed action in action" would be one too many. */
	return gotext_cursor_fail(p, "%s%s started at :%d", error, str_ends(error, " action") ? "" : " in action",
				  p->action_line);
}

struct gotext_node *gotext_cursor_node(struct gotext_cursor *p, enum gotext_node_kind kind, size_t at)
{
	return gotext_node_new(p->t, kind, at);
}

struct err *gotext_cursor_enter(struct gotext_cursor *p)
{
	if (++p->depth > GOTEXT_MAX_DEPTH)
		return gotext_cursor_fail(p, "more than %d levels", GOTEXT_MAX_DEPTH);
	return NULL;
}
