/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes: their life, and how Go prints them in errors. */
#include <stdlib.h>

#include "base/mem.h"
#include "gotext/node.h"

struct gotext_node *gotext_node_new(struct gotext_template *t, enum gotext_node_kind kind, size_t at)
{
	struct gotext_node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->at = at;
	n->all = t->all;
	t->all = n;
	return n;
}

void gotext_node_free_all(struct gotext_template *t)
{
	struct gotext_node *next;

	if (!t)
		return;
	for (struct gotext_node *n = t->all; n; n = next) {
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

static void node_add_names(struct str *s, const struct gotext_node *n)
{
	for (size_t i = 0; i < n->names.n; i++) {
		if (n->kind != NODE_VARIABLE || i)
			str_add_char(s, '.');
		str_add(s, n->names.items[i]);
	}
}

static void node_add_operands(struct str *s, const struct gotext_node *first, const char *separator)
{
	for (const struct gotext_node *n = first; n; n = n->next) {
		if (n != first)
			str_add(s, separator);
		if (n->kind == NODE_PIPE)
			str_add_char(s, '(');
		gotext_node_add_text(s, n);
		if (n->kind == NODE_PIPE)
			str_add_char(s, ')');
	}
}

void gotext_node_add_text(struct str *s, const struct gotext_node *n)
{
	switch (n->kind) {
	case NODE_FIELD:
	case NODE_VARIABLE:
		node_add_names(s, n);
		break;
	case NODE_CHAIN:
		if (n->child->kind == NODE_PIPE)
			str_add_char(s, '(');
		gotext_node_add_text(s, n->child);
		if (n->child->kind == NODE_PIPE)
			str_add_char(s, ')');
		node_add_names(s, n);
		break;
	case NODE_PIPE:
		for (size_t i = 0; i < n->names.n; i++)
			str_addf(s, "%s%s", i ? ", " : "", n->names.items[i]);
		if (n->names.n)
			str_add(s, n->assigns ? " = " : " := ");
		node_add_operands(s, n->child, " | ");
		break;
	case NODE_COMMAND:
		node_add_operands(s, n->child, " ");
		break;
	case NODE_DOT:
		str_add_char(s, '.');
		break;
	case NODE_NIL:
		str_add(s, "nil");
		break;
	case NODE_BOOL:
		str_add(s, n->truth ? "true" : "false");
		break;
	case NODE_WORD:
		str_add(s, n->text);
		break;
	default:
		str_add(s, n->source ? n->source : "");
	}
}
