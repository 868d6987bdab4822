/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes that a template is parsed into. */
#ifndef GOTEXT_NODE_H
#define GOTEXT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/str.h"

enum gotext_node_kind {
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

struct gotext_node {
	enum gotext_node_kind kind;
	size_t at;			      /* where it is in the template */
	struct gotext_node *next;	      /* the next statement, command or operand */
	struct gotext_node *all;	      /* the next of all nodes of the template, to free them */
	struct gotext_node *child;	      /* pipe: commands; command: operands; chain: what the fields are of */
	struct gotext_node *pipe;	      /* statements: what is printed, tested or gone through */
	struct gotext_node *body, *otherwise; /* blocks */
	struct list names; /* fields; of a variable, its name first; of a pipe, the variables that it sets */
	bool assigns;	   /* pipe: "=" in place of ":=" */
	char *text;	   /* text, string and word: its value; NULL otherwise */
	char *source;	   /* number and string: as written, for errors */
	bool truth;
	int64_t whole;
	double real;
};

struct gotext_template {
	char *text;
	struct gotext_node *all;
	struct gotext_node *body;
	int json_line; /* where json or prettyjson is first used, 0: nowhere */
	char *json_name;
};

/* A new node, owned by t. */
struct gotext_node *gotext_node_new(struct gotext_template *t, enum gotext_node_kind kind, size_t at);
/* Free a template with all its nodes. NULL is fine. */
void gotext_node_free_all(struct gotext_template *t);
/* A node as Go prints it in an error: "index .A 1". */
void gotext_node_add_text(struct str *s, const struct gotext_node *n);

#endif
