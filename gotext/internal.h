/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of gotext: text becomes tokens (lex), tokens become nodes (parse), nodes are run over
 * values (run), with functions (func) that print (value, printf). The words of errors are Go's, because scripts and
 * habits know them.
 */
#ifndef GOTEXT_INTERNAL_H
#define GOTEXT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "gotext/gotext.h"

#define TEMPLATE_MAX_TEXT (64u << 10) /* of the template itself */
#define TEMPLATE_MAX_DEPTH 50	      /* of parentheses and blocks in one another */
#define TEMPLATE_MAX_OUTPUT (1u << 20)
#define TEMPLATE_MAX_MEMORY (8u << 20) /* of values that are made while it runs */
#define TEMPLATE_MAX_STEPS 1000000

/* --- tokens ------------------------------------------------------------------------------------------------------ */

enum token_kind {
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

struct token {
	enum token_kind kind;
	size_t at, len; /* of its text */
	int line;
};

struct tokens {
	struct token *items;
	size_t n, cap;
	char *error; /* the text of the TOKEN_ERROR that is the last, NULL when TOKEN_EOF is */
};

void template_lex(const char *text, struct tokens *ret);
void tokens_release(struct tokens *t);

/* --- nodes ------------------------------------------------------------------------------------------------------- */

enum node_kind {
	/* statements, in the list of a block */
	NODE_TEXT,
	NODE_ACTION,
	NODE_IF,
	NODE_WITH,
	NODE_RANGE,
	NODE_BREAK,
	NODE_CONTINUE,
	/* expressions */
	NODE_PIPE,
	NODE_COMMAND,
	NODE_FIELD,
	NODE_VARIABLE,
	NODE_CHAIN,
	NODE_DOT,
	NODE_NIL,
	NODE_BOOL,
	NODE_INT,
	NODE_FLOAT,
	NODE_STRING,
	NODE_WORD
};

struct node {
	enum node_kind kind;
	size_t at;		       /* where it is in the template */
	struct node *next;	       /* the next statement, command or operand */
	struct node *all;	       /* the next of all nodes of the template, to free them */
	struct node *child;	       /* pipe: commands; command: operands; chain: what the fields are of */
	struct node *pipe;	       /* statements: what is printed, tested or gone through */
	struct node *body, *otherwise; /* blocks */
	struct list names; /* fields; of a variable, its name first; of a pipe, the variables that it sets */
	bool assigns;	   /* pipe: "=" in place of ":=" */
	char *text;	   /* text, string and word: its value; NULL otherwise */
	char *source;	   /* number and string: as written, for errors */
	bool truth;
	int64_t whole;
	double real;
};

struct template
{
	char *text;
	struct node *all;
	struct node *body;
	int json_line; /* where json or prettyjson is first used, 0: nowhere */
	char *json_name;
};

/* A node as Go prints it in an error: "index .A 1". */
void node_add_text(struct str *s, const struct node *n);

/* --- values ------------------------------------------------------------------------------------------------------ */

enum value_kind {
	VALUE_NONE, /* a member that is missing */
	VALUE_NIL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_DURATION,
	VALUE_LIST,
	VALUE_MAP
};

/* Strings and nodes are borrowed: from the data, from the template, or from the run that made them. */
struct value {
	enum value_kind kind;
	bool truth;
	int64_t whole; /* int; nanoseconds of a duration */
	double real;
	const char *text;
	const cJSON *node; /* list and map; of a float, the number that it comes from or NULL */
};

/* typed: whole numbers are Go's int, as in a struct; otherwise float64, as in decoded JSON. */
struct value value_from(const cJSON *node, bool typed);
struct value value_of_text(const char *text);
struct value value_of_int(int64_t whole);
struct value value_of_bool(bool truth);

bool value_is_true(const struct value *v);
const char *value_type(const struct value *v);
/* As fmt's %v; stops early when s grows past TEMPLATE_MAX_OUTPUT. */
void value_print(struct str *s, const struct value *v, bool typed);
void value_print_duration(struct str *s, int64_t ns);
/* As strconv.Quote. */
void value_quote(struct str *s, const char *text);

/* As fmt.Sprintf, Sprint and Sprintln. */
void value_printf(struct str *s, const char *format, const struct value *args, size_t n, bool typed);
void value_sprint(struct str *s, const struct value *args, size_t n, bool spaces, bool typed);

/* --- running ----------------------------------------------------------------------------------------------------- */

struct run {
	const struct template *t;
	const struct template_rules *rules;
	bool typed;
	struct value root;
	struct str *out;
	struct variable {
		const char *name; /* borrowed from the template */
		struct value value;
	} * variables;
	size_t n_variables, cap_variables;
	struct list made;  /* strings that values borrow */
	cJSON *made_nodes; /* an array of lists that values borrow */
	size_t memory;
	int steps;
	enum {
		RUN_ON,
		RUN_BREAK,
		RUN_CONTINUE
	} flow;
};

/* A string that lives as long as the run. */
struct err *run_keep(struct run *r, char *text, struct value *ret) MUST_USE;
/* Count work; an error when there was too much. */
struct err *run_step(struct run *r, size_t n) MUST_USE;

struct function {
	const char *name;
	int least, most; /* arguments; most < 0: any number */
	/* The message of its error is what Go writes behind "error calling NAME: ". */
	struct err *(*call)(struct run *r, const struct value *args, size_t n, struct value *ret);
};

/* NULL when there is none of that name. and, or: call is NULL, the runner evaluates their arguments one by one. */
const struct function *function_find(const char *name);

#endif
