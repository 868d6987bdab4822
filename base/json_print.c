/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as Go's encoding/json writes it. */
#include "base/json_print.h"

#include "base/float_text.h"
#include "base/json_tree.h"
#include "base/mem.h"
#include "base/utf8.h"

static void json_add_escape(struct str *s, uint32_t c)
{
	switch (c) {
	case '"':
	case '\\':
		str_addf(s, "\\%c", (char)c);
		break;
	case '\n':
		str_add(s, "\\n");
		break;
	case '\r':
		str_add(s, "\\r");
		break;
	case '\t':
		str_add(s, "\\t");
		break;
	default:
		str_addf(s, "\\u%04x", c);
	}
}

static void json_add_string(struct str *s, const char *text)
{
	str_add_char(s, '"');
	while (*text) {
		uint32_t c;
		size_t n = utf8_next(text, &c);

		/* A byte that is no UTF-8 becomes the replacement character. <, > and & are safe inside of HTML so. */
		if (c == UTF8_BROKEN)
			str_add(s, "\\ufffd");
		else if (c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0x2028 ||
			 c == 0x2029)
			json_add_escape(s, c);
		else
			str_add_mem(s, text, n);
		text += n;
	}
	str_add_char(s, '"');
}

/* How the whole tree is written. */
struct json_style {
	int indent; /* blanks for each level, 0: all on one line */
	bool sorted;
};

static void json_add_line(struct str *s, const struct json_style *style, int level)
{
	if (style->indent > 0)
		str_addf(s, "\n%*s", style->indent * level, "");
}

static void json_add_node(struct str *s, const cJSON *node, const struct json_style *style, int level);

static void json_add_children(struct str *s, const cJSON *node, const struct json_style *style, int level)
{
	bool object = json_is_object(node);
	size_t n;
	auto_free const cJSON **children = json_children(node, style->sorted, &n);

	str_add_char(s, object ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			str_add_char(s, ',');
		json_add_line(s, style, level + 1);
		if (object) {
			json_add_string(s, json_key(children[i]));
			str_add(s, style->indent > 0 ? ": " : ":");
		}
		json_add_node(s, children[i], style, level + 1);
	}
	if (n)
		json_add_line(s, style, level);
	str_add_char(s, object ? '}' : ']');
}

static void json_add_node(struct str *s, const cJSON *node, const struct json_style *style, int level)
{
	if (json_is_object(node) || json_is_array(node))
		json_add_children(s, node, style, level);
	else if (json_is_string(node))
		json_add_string(s, json_text(node));
	else if (cJSON_IsRaw(node))
		str_add(s, node->valuestring);
	else if (json_is_number(node))
		float_add_json(s, node->valuedouble);
	else if (json_is_bool(node))
		str_add(s, json_truth(node) ? "true" : "false");
	else
		str_add(s, "null");
}

char *json_print(const cJSON *tree, int indent)
{
	auto_str text = STR_INIT;

	json_add_node(&text, tree, &(struct json_style){ .indent = indent }, 0);
	return str_detach(&text);
}

char *json_print_sorted(const cJSON *tree, int indent)
{
	auto_str text = STR_INIT;

	json_add_node(&text, tree, &(struct json_style){ .indent = indent, .sorted = true }, 0);
	return str_detach(&text);
}

char *json_quote(const char *text)
{
	auto_str quoted = STR_INIT;

	json_add_string(&quoted, text);
	return str_detach(&quoted);
}
