/* SPDX-License-Identifier: Apache-2.0 */
/* From text to tokens. */
#ifndef GOTEXT_LEX_H
#define GOTEXT_LEX_H

#include <stddef.h>

enum gotext_token_kind {
	TOKEN_ERROR,
	TOKEN_EOF,
	TOKEN_TEXT,
	TOKEN_LEFT,
	TOKEN_RIGHT,
	TOKEN_SPACE,
	TOKEN_DOT,
	TOKEN_FIELD,
	TOKEN_VARIABLE,
	TOKEN_WORD,
	TOKEN_KEYWORD,
	TOKEN_BOOL,
	TOKEN_NIL,
	TOKEN_NUMBER,
	TOKEN_CHAR_CONSTANT,
	TOKEN_STRING,
	TOKEN_RAW_STRING,
	TOKEN_PIPE,
	TOKEN_DECLARE,
	TOKEN_ASSIGN,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_CHAR
};

struct gotext_token {
	enum gotext_token_kind kind;
	size_t at, len; /* of its text */
	int line;
};

struct gotext_tokens {
	struct gotext_token *items;
	size_t n, cap;
	char *error; /* the text of the TOKEN_ERROR that is the last, NULL when TOKEN_EOF is */
};

/* Always gives at least one token, TOKEN_EOF or TOKEN_ERROR the last. ret must be empty; the caller releases it. */
void gotext_lex(const char *text, struct gotext_tokens *ret);
void gotext_tokens_release(struct gotext_tokens *t);

#endif
