/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes as Go prints them in errors. */
#include <string.h>

#include "base/mem.h"
#include "gotext/internal.h"

static void node_add_names(struct str *s, const struct node *n)
{
	for (size_t i = 0; i < n->names.n; i++) {
		if (n->kind != NODE_VARIABLE || i)
			str_add_char(s, '.');
		str_add(s, n->names.items[i]);
	}
}

static void node_add_operands(struct str *s, const struct node *first, const char *separator)
{
	for (const struct node *n = first; n; n = n->next) {
		if (n != first)
			str_add(s, separator);
		if (n->kind == NODE_PIPE)
			str_add_char(s, '(');
		node_add_text(s, n);
		if (n->kind == NODE_PIPE)
			str_add_char(s, ')');
	}
}

void node_add_text(struct str *s, const struct node *n)
{
	switch (n->kind) {
	case NODE_FIELD:
	case NODE_VARIABLE:
		node_add_names(s, n);
		break;
	case NODE_CHAIN:
		if (n->child->kind == NODE_PIPE)
			str_add_char(s, '(');
		node_add_text(s, n->child);
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
