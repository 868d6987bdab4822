/* SPDX-License-Identifier: Apache-2.0 */
/* From text to tokens, by the rules of Go's text/template/parse/lex.go. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "gotext/lex.h"

struct lexer {
	const char *text;
	size_t at, start;
	int line, start_line;
	int open; /* parentheses */
	struct gotext_tokens *tokens;
	bool failed;
};

void gotext_tokens_release(struct gotext_tokens *t)
{
	free(t->items);
	free(t->error);
}

static void lex_emit(struct lexer *l, enum gotext_token_kind kind)
{
	struct gotext_tokens *t = l->tokens;

	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 32;
		t->items = xrealloc(t->items, t->cap * sizeof(*t->items));
	}
	t->items[t->n++] = (struct gotext_token){ kind, l->start, l->at - l->start, l->start_line };
	for (; l->start < l->at; l->start++)
		l->line += l->text[l->start] == '\n';
	l->start_line = l->line;
}

/* Go on without a token for what was read. */
static void lex_skip(struct lexer *l)
{
	for (; l->start < l->at; l->start++)
		l->line += l->text[l->start] == '\n';
	l->start_line = l->line;
}

static void lex_fail(struct lexer *l, char *error)
{
	l->tokens->error = error;
	l->failed = true;
	lex_emit(l, TOKEN_ERROR);
}

/* Go's %#U: U+0040 '@'. */
static void lex_bad_char(struct lexer *l, const char *what)
{
	uint32_t c = 0;
	size_t n = l->text[l->at] ? utf8_next(l->text + l->at, &c) : 0;

	if (c == UTF8_BROKEN)
		lex_fail(l, xasprintf("%s U+FFFD", what));
	else
		lex_fail(l, xasprintf("%s U+%04X '%.*s'", what, c, (int)n, l->text + l->at));
}

static bool lex_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Every byte of what is not ASCII counts as a letter: names of members may be in any language. */
static bool lex_is_letter(char c)
{
	return c == '_' || isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool lex_at(const struct lexer *l, const char *what)
{
	return str_starts(l->text + l->at, what);
}

/* Length of "}}" or " -}}" here, 0 when neither is. */
static size_t lex_right(const struct lexer *l, bool *ret_trim)
{
	*ret_trim = lex_is_space(l->text[l->at]) && str_starts(l->text + l->at + 1, "-}}");
	if (*ret_trim)
		return 4;
	return lex_at(l, "}}") ? 2 : 0;
}

static bool lex_at_end_of_word(const struct lexer *l)
{
	char c = l->text[l->at];

	return !c || lex_is_space(c) || strchr(".,|:)(", c) || lex_at(l, "}}");
}

static void lex_after_right(struct lexer *l, bool trim)
{
	while (trim && lex_is_space(l->text[l->at]))
		l->at++;
	lex_skip(l);
}

static void lex_comment(struct lexer *l)
{
	const char *end = strstr(l->text + l->at + 2, "*/");
	bool trim;
	size_t n;

	if (!end) {
		lex_fail(l, xstrdup("unclosed comment"));
		return;
	}
	l->at = (size_t)(end - l->text) + 2;
	n = lex_right(l, &trim);
	if (!n) {
		lex_fail(l, xstrdup("comment ends before closing delimiter"));
		return;
	}
	l->at += n;
	lex_after_right(l, trim);
}

static void lex_letters(struct lexer *l)
{
	while (lex_is_letter(l->text[l->at]))
		l->at++;
}

/* ".Name" or "$name", or "." or "$" alone. */
static void lex_name(struct lexer *l, enum gotext_token_kind kind, enum gotext_token_kind alone)
{
	l->at++;
	if (lex_at_end_of_word(l)) {
		lex_emit(l, alone);
		return;
	}
	lex_letters(l);
	if (lex_at_end_of_word(l))
		lex_emit(l, kind);
	else
		lex_bad_char(l, "bad character");
}

static void lex_word(struct lexer *l)
{
	static const struct {
		const char *word;
		enum gotext_token_kind kind;
	} words[] = {
		{ "block", TOKEN_KEYWORD },  { "break", TOKEN_KEYWORD }, { "continue", TOKEN_KEYWORD },
		{ "define", TOKEN_KEYWORD }, { "else", TOKEN_KEYWORD },	 { "end", TOKEN_KEYWORD },
		{ "if", TOKEN_KEYWORD },     { "range", TOKEN_KEYWORD }, { "template", TOKEN_KEYWORD },
		{ "with", TOKEN_KEYWORD },   { "nil", TOKEN_NIL },	 { "true", TOKEN_BOOL },
		{ "false", TOKEN_BOOL },
	};
	enum gotext_token_kind kind = TOKEN_WORD;

	lex_letters(l);
	if (!lex_at_end_of_word(l)) {
		lex_bad_char(l, "bad character");
		return;
	}

	auto_free char *word = xstrndup(l->text + l->start, l->at - l->start);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(word, words[i].word))
			kind = words[i].kind;
	lex_emit(l, kind);
}

static void lex_number(struct lexer *l)
{
	const char *digits = "0123456789_";
	bool hex = false;

	if (l->text[l->at] == '+' || l->text[l->at] == '-')
		l->at++;
	if (l->text[l->at] == '0') {
		char kind = (char)(l->text[l->at + 1] | 0x20);

		hex = kind == 'x';
		if (hex || kind == 'o' || kind == 'b') {
			l->at += 2;
			digits = hex ? "0123456789abcdefABCDEF_" : kind == 'o' ? "01234567_" : "01_";
		}
	}
	l->at += strspn(l->text + l->at, digits);
	if (l->text[l->at] == '.')
		l->at += 1 + strspn(l->text + l->at + 1, digits);
	if (!hex && (l->text[l->at] == 'e' || l->text[l->at] == 'E')) {
		l->at++;
		if (l->text[l->at] == '+' || l->text[l->at] == '-')
			l->at++;
		l->at += strspn(l->text + l->at, "0123456789_");
	}
	if (!lex_is_letter(l->text[l->at])) {
		lex_emit(l, TOKEN_NUMBER);
		return;
	}
	l->at++;
	lex_fail(l, xasprintf("bad number syntax: \"%.*s\"", (int)(l->at - l->start), l->text + l->start));
}

/* Between quotes, with backslashes. */
static void lex_quoted(struct lexer *l, char quote, enum gotext_token_kind kind, const char *error)
{
	for (l->at++;; l->at++) {
		char c = l->text[l->at];

		if (c == '\\' && l->text[l->at + 1] && l->text[l->at + 1] != '\n') {
			l->at++;
		} else if (!c || c == '\n' || c == '\\') {
			lex_fail(l, xstrdup(error));
			return;
		} else if (c == quote) {
			l->at++;
			lex_emit(l, kind);
			return;
		}
	}
}

static void lex_raw_string(struct lexer *l)
{
	const char *end = strchr(l->text + l->at + 1, '`');

	if (!end) {
		lex_fail(l, xstrdup("unterminated raw quoted string"));
		return;
	}
	l->at = (size_t)(end - l->text) + 1;
	lex_emit(l, TOKEN_RAW_STRING);
}

static void lex_spaces(struct lexer *l)
{
	bool trim;

	/* The last blank may belong to " -}}". */
	while (lex_is_space(l->text[l->at]) && !lex_right(l, &trim))
		l->at++;
	lex_emit(l, TOKEN_SPACE);
}

static void lex_punctuation(struct lexer *l)
{
	static const char chars[] = "|=()";
	static const enum gotext_token_kind kinds[] = { TOKEN_PIPE, TOKEN_ASSIGN, TOKEN_OPEN, TOKEN_CLOSE };
	char c = l->text[l->at];
	const char *found = strchr(chars, c);

	if (!isprint((unsigned char)c)) {
		lex_bad_char(l, "unrecognized character in action:");
		return;
	}
	l->at++;
	l->open += (c == '(') - (c == ')');
	if (l->open < 0) {
		lex_fail(l, xstrdup("unexpected right paren"));
	} else if (c == ':' && l->text[l->at] != '=') {
		lex_fail(l, xstrdup("expected :="));
	} else if (c == ':') {
		l->at++;
		lex_emit(l, TOKEN_DECLARE);
	} else {
		lex_emit(l, found ? kinds[found - chars] : TOKEN_CHAR);
	}
}

/* One token inside of an action; false when the action has ended. */
static bool lex_inside(struct lexer *l)
{
	char c = l->text[l->at], next = c ? l->text[l->at + 1] : '\0';
	bool trim;
	size_t n = lex_right(l, &trim);

	if (n && l->open) {
		lex_fail(l, xstrdup("unclosed left paren"));
	} else if (n) {
		l->at += n;
		lex_emit(l, TOKEN_RIGHT);
		lex_after_right(l, trim);
		return false;
	} else if (!c) {
		lex_fail(l, xstrdup("unclosed action"));
	} else if (lex_is_space(c)) {
		lex_spaces(l);
	} else if (c == '"') {
		lex_quoted(l, '"', TOKEN_STRING, "unterminated quoted string");
	} else if (c == '\'') {
		lex_quoted(l, '\'', TOKEN_CHAR_CONSTANT, "unterminated character constant");
	} else if (c == '`') {
		lex_raw_string(l);
	} else if (c == '$') {
		lex_name(l, TOKEN_VARIABLE, TOKEN_VARIABLE);
	} else if (c == '.' && !isdigit((unsigned char)next)) {
		lex_name(l, TOKEN_FIELD, TOKEN_DOT);
	} else if (c == '.' || c == '+' || c == '-' || isdigit((unsigned char)c)) {
		lex_number(l);
	} else if (lex_is_letter(c)) {
		lex_word(l);
	} else {
		lex_punctuation(l);
	}
	return !l->failed;
}

/* The text up to the next action; false at the end of the template. */
static bool lex_text(struct lexer *l)
{
	const char *left = strstr(l->text + l->at, "{{");
	size_t end = left ? (size_t)(left - l->text) : strlen(l->text);
	bool trim = left && left[2] == '-' && lex_is_space(left[3]);
	size_t kept = end;

	while (trim && kept > l->at && lex_is_space(l->text[kept - 1]))
		kept--;
	if (kept > l->at) {
		l->at = kept;
		lex_emit(l, TOKEN_TEXT);
	}
	l->at = end;
	lex_skip(l);
	if (!left)
		return false;
	l->at += trim ? 3 : 2;
	/* A comment may follow the blank of the marker at once. */
	if (str_starts(l->text + l->at + trim, "/*")) {
		l->at += trim;
		lex_comment(l);
		return !l->failed;
	}
	lex_emit(l, TOKEN_LEFT);
	l->open = 0;
	while (lex_inside(l))
		;
	return !l->failed;
}

void gotext_lex(const char *text, struct gotext_tokens *ret)
{
	struct lexer l = { .text = text, .line = 1, .start_line = 1, .tokens = ret };

	while (lex_text(&l))
		;
	if (!l.failed)
		lex_emit(&l, TOKEN_EOF);
}
