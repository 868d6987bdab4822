/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of templates: Go's builtins, and json and prettyjson. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "gotext/func.h"
#include "gotext/index.h"
#include "gotext/printf.h"

static struct err *func_keep(struct gotext_work *w, struct str *s, struct gotext_value *ret)
{
	return gotext_work_keep(w, str_detach(s), ret);
}

static struct err *func_print(struct gotext_work *w, const struct gotext_value *args, size_t n,
			      struct gotext_value *ret)
{
	struct str s = STR_INIT;

	gotext_sprint(&s, args, n, false, w->typed);
	return func_keep(w, &s, ret);
}

static struct err *func_println(struct gotext_work *w, const struct gotext_value *args, size_t n,
				struct gotext_value *ret)
{
	struct str s = STR_INIT;

	gotext_sprint(&s, args, n, true, w->typed);
	str_add_char(&s, '\n');
	return func_keep(w, &s, ret);
}

static struct err *func_printf(struct gotext_work *w, const struct gotext_value *args, size_t n,
			       struct gotext_value *ret)
{
	struct str s = STR_INIT;

	if (args[0].kind != VALUE_STRING)
		return err_new(ERR_FAILED, "wrong type for value; expected string; got %s",
			       gotext_value_type(&args[0]));
	gotext_printf(&s, args[0].text, args + 1, n - 1, w->typed);
	return func_keep(w, &s, ret);
}

/* What the escapers work on: one string as it is, everything else as Sprint prints it. */
static void func_text(struct gotext_work *w, const struct gotext_value *args, size_t n, struct str *s)
{
	/* Go's evalArgs: one that is missing reads as it is printed. */
	if (n == 1 && args->kind <= VALUE_NIL)
		str_add(s, "<no value>");
	else
		gotext_sprint(s, args, n, false, w->typed);
}

static struct err *func_html(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret)
{
	static const char chars[] = "\"'&<>";
	static const char *const escapes[] = { "&#34;", "&#39;", "&amp;", "&lt;", "&gt;" };
	auto_str in = STR_INIT;
	struct str out = STR_INIT;

	func_text(w, args, n, &in);
	for (const char *p = in.buf; *p; p++) {
		const char *at = strchr(chars, *p);
		if (at)
			str_add(&out, escapes[at - chars]);
		else
			str_add_char(&out, *p);
	}
	return func_keep(w, &out, ret);
}

static struct err *func_js(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret)
{
	auto_str in = STR_INIT;
	struct str out = STR_INIT;

	func_text(w, args, n, &in);
	for (const char *p = in.buf; *p; p++) {
		if (strchr("\\'\"", *p))
			str_addf(&out, "\\%c", *p);
		else if (strchr("<>&=", *p) || (unsigned char)*p < 0x20)
			str_addf(&out, "\\u%04X", (unsigned char)*p);
		else
			str_add_char(&out, *p);
	}
	return func_keep(w, &out, ret);
}

static struct err *func_urlquery(struct gotext_work *w, const struct gotext_value *args, size_t n,
				 struct gotext_value *ret)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	auto_str in = STR_INIT;
	struct str out = STR_INIT;

	func_text(w, args, n, &in);
	for (const char *p = in.buf; *p; p++) {
		if (strchr(plain, *p))
			str_add_char(&out, *p);
		else if (*p == ' ')
			str_add_char(&out, '+');
		else
			str_addf(&out, "%%%02X", (unsigned char)*p);
	}
	return func_keep(w, &out, ret);
}

static struct err *func_not(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret)
{
	(void)w, (void)n;
	*ret = gotext_value_of_bool(!gotext_value_is_true(args));
	return NULL;
}

/* -1, 0 or 1. eq takes what can only be equal or not, too. */
static struct err *func_compare(const struct gotext_value *a, const struct gotext_value *b, bool order, int *ret)
{
	if (a->kind <= VALUE_NIL || b->kind <= VALUE_NIL) {
		if (order)
			return err_new(ERR_FAILED, "invalid type for comparison");
		*ret = (a->kind <= VALUE_NIL) != (b->kind <= VALUE_NIL);
		return NULL;
	}
	if (a->kind >= VALUE_LIST || b->kind >= VALUE_LIST || (order && a->kind == VALUE_BOOL))
		return err_new(ERR_FAILED, "%s type for comparison", order ? "invalid" : "non-comparable");
	bool whole_a = a->kind == VALUE_INT || a->kind == VALUE_DURATION;
	bool whole_b = b->kind == VALUE_INT || b->kind == VALUE_DURATION;
	if (a->kind != b->kind && !(whole_a && whole_b))
		return err_new(ERR_FAILED, "incompatible types for comparison");
	if (a->kind == VALUE_STRING)
		*ret = strcmp(a->text, b->text);
	else if (a->kind == VALUE_BOOL)
		*ret = a->truth != b->truth;
	else if (whole_a)
		*ret = (a->whole > b->whole) - (a->whole < b->whole);
	else
		*ret = (a->real > b->real) - (a->real < b->real);
	return NULL;
}

static struct err *func_eq(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret)
{
	(void)w;
	*ret = gotext_value_of_bool(false);
	for (size_t i = 1; i < n; i++) {
		int order;
		TRY(func_compare(&args[0], &args[i], false, &order));
		if (order == 0) {
			*ret = gotext_value_of_bool(true);
			return NULL;
		}
	}
	return NULL;
}

static struct err *func_ne(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret)
{
	TRY(func_eq(w, args, n, ret));
	ret->truth = !ret->truth;
	return NULL;
}

#define FUNC_ORDER(name, test)                                                                                         \
	static struct err *func_##name(struct gotext_work *w, const struct gotext_value *args, size_t n,               \
				       struct gotext_value *ret)                                                       \
	{                                                                                                              \
		int order;                                                                                             \
		(void)w, (void)n;                                                                                      \
		TRY(func_compare(&args[0], &args[1], true, &order));                                                   \
		*ret = gotext_value_of_bool(order test 0);                                                             \
		return NULL;                                                                                           \
	}

FUNC_ORDER(lt, <)
FUNC_ORDER(le, <=)
FUNC_ORDER(gt, >)
FUNC_ORDER(ge, >=)

/* Go's JSON has no exponent where its %v would have one. */
static void func_add_json_number(struct str *s, double value)
{
	auto_json *number = cJSON_CreateNumber(value);
	auto_free char *text = json_print(number, 0);

	str_add(s, text);
}

static struct err *func_marshal(struct gotext_work *w, const struct gotext_value *v, int indent,
				struct gotext_value *ret)
{
	const cJSON *node = v->node;

	if (v->kind == VALUE_STRING)
		return gotext_work_keep(w, json_quote(v->text), ret);
	if (!node) {
		struct str s = STR_INIT;
		if (v->kind <= VALUE_NIL)
			str_add(&s, "null");
		else if (v->kind == VALUE_DURATION)
			str_addf(&s, "%lld", (long long)v->whole);
		else if (v->kind == VALUE_FLOAT)
			func_add_json_number(&s, v->real);
		else
			gotext_value_print(&s, v, w->typed);
		return func_keep(w, &s, ret);
	}
	return gotext_work_keep(w, json_print_sorted(node, indent), ret);
}

static struct err *func_json(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret)
{
	(void)n;
	return func_marshal(w, args, 0, ret);
}

static struct err *func_prettyjson(struct gotext_work *w, const struct gotext_value *args, size_t n,
				   struct gotext_value *ret)
{
	(void)n;
	return func_marshal(w, args, 4, ret);
}

static const struct gotext_function functions[] = {
	{ "and", 1, -1, NULL },
	{ "or", 1, -1, NULL },
	{ "not", 1, 1, func_not },
	{ "len", 1, 1, gotext_index_len },
	{ "index", 1, -1, gotext_index_index },
	{ "slice", 1, -1, gotext_index_slice },
	{ "print", 0, -1, func_print },
	{ "println", 0, -1, func_println },
	{ "printf", 1, -1, func_printf },
	{ "html", 0, -1, func_html },
	{ "js", 0, -1, func_js },
	{ "urlquery", 0, -1, func_urlquery },
	{ "eq", 2, -1, func_eq },
	{ "ne", 2, 2, func_ne },
	{ "lt", 2, 2, func_lt },
	{ "le", 2, 2, func_le },
	{ "gt", 2, 2, func_gt },
	{ "ge", 2, 2, func_ge },
	{ "json", 1, 1, func_json },
	{ "prettyjson", 1, 1, func_prettyjson },
};

const struct gotext_function *gotext_func_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (str_eq(functions[i].name, name))
			return &functions[i];
	return NULL;
}
