/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of templates: Go's builtins, and json and prettyjson. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "gotext/internal.h"

static struct err *keep_str(struct run *r, struct str *s, struct value *ret)
{
	return run_keep(r, str_detach(s), ret);
}

static struct err *func_print(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	struct str s = STR_INIT;

	value_sprint(&s, args, n, false, r->typed);
	return keep_str(r, &s, ret);
}

static struct err *func_println(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	struct str s = STR_INIT;

	value_sprint(&s, args, n, true, r->typed);
	str_add_char(&s, '\n');
	return keep_str(r, &s, ret);
}

static struct err *func_printf(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	struct str s = STR_INIT;

	if (args[0].kind != VALUE_STRING)
		return err_new(ERR_FAILED, "wrong type for value; expected string; got %s", value_type(&args[0]));
	value_printf(&s, args[0].text, args + 1, n - 1, r->typed);
	return keep_str(r, &s, ret);
}

/* What the escapers work on: one string as it is, everything else as Sprint prints it. */
static void func_text(struct run *r, const struct value *args, size_t n, struct str *s)
{
	/* Go's evalArgs: one that is missing reads as it is printed. */
	if (n == 1 && args->kind <= VALUE_NIL)
		str_add(s, "<no value>");
	else
		value_sprint(s, args, n, false, r->typed);
}

static struct err *func_html(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	static const char chars[] = "\"'&<>";
	static const char *const escapes[] = { "&#34;", "&#39;", "&amp;", "&lt;", "&gt;" };
	auto_str in = STR_INIT;
	struct str out = STR_INIT;

	func_text(r, args, n, &in);
	for (const char *p = in.buf; *p; p++) {
		const char *at = strchr(chars, *p);
		if (at)
			str_add(&out, escapes[at - chars]);
		else
			str_add_char(&out, *p);
	}
	return keep_str(r, &out, ret);
}

static struct err *func_js(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	auto_str in = STR_INIT;
	struct str out = STR_INIT;

	func_text(r, args, n, &in);
	for (const char *p = in.buf; *p; p++) {
		if (strchr("\\'\"", *p))
			str_addf(&out, "\\%c", *p);
		else if (strchr("<>&=", *p) || (unsigned char)*p < 0x20)
			str_addf(&out, "\\u%04X", (unsigned char)*p);
		else
			str_add_char(&out, *p);
	}
	return keep_str(r, &out, ret);
}

static struct err *func_urlquery(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	auto_str in = STR_INIT;
	struct str out = STR_INIT;

	func_text(r, args, n, &in);
	for (const char *p = in.buf; *p; p++) {
		if (strchr(plain, *p))
			str_add_char(&out, *p);
		else if (*p == ' ')
			str_add_char(&out, '+');
		else
			str_addf(&out, "%%%02X", (unsigned char)*p);
	}
	return keep_str(r, &out, ret);
}

static size_t func_count(const cJSON *node)
{
	size_t n = 0;

	for (const cJSON *c = json_first(node); c; c = json_next(c))
		n++;
	return n;
}

static struct err *func_len(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	(void)r, (void)n;
	if (args->kind == VALUE_STRING)
		*ret = value_of_int((int64_t)strlen(args->text));
	else if (args->kind == VALUE_LIST || args->kind == VALUE_MAP)
		*ret = value_of_int((int64_t)func_count(args->node));
	else if (args->kind ==
		 VALUE_NONE) /* Go's reflection refuses a value that is none, and its words are passed on */
		return err_new(ERR_FAILED, "reflect: call of reflect.Value.Type on zero Value");
	else if (args->kind == VALUE_NIL)
		return err_new(ERR_FAILED, "len of nil pointer");
	else
		return err_new(ERR_FAILED, "len of type %s", value_type(args));
	return NULL;
}

/* Go's indexArg: a place in what has `len` parts, of which the one behind the last is still allowed. */
static struct err *index_at(const struct value *at, size_t len)
{
	if (at->kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "cannot index slice/array with nil");
	if (at->kind != VALUE_INT && at->kind != VALUE_DURATION)
		return err_new(ERR_FAILED, "cannot index slice/array with type %s", value_type(at));
	if (at->whole < 0 || (uint64_t)at->whole > len)
		return err_new(ERR_FAILED, "index out of range: %lld", (long long)at->whole);
	return NULL;
}

static struct err *index_list(struct run *r, const struct value *list, const struct value *at, struct value *ret)
{
	const cJSON *c = json_first(list->node);
	size_t len = func_count(list->node);

	TRY(index_at(at, len));
	if ((size_t)at->whole == len)
		return err_new(ERR_FAILED, "reflect: slice index out of range");
	for (int64_t i = 0; i < at->whole; i++)
		c = json_next(c);
	*ret = value_from(c, r->typed);
	return NULL;
}

static struct err *index_text(const struct value *text, const struct value *at, struct value *ret)
{
	size_t len = strlen(text->text);

	TRY(index_at(at, len));
	if ((size_t)at->whole == len)
		return err_new(ERR_FAILED, "reflect: string index out of range");
	*ret = value_of_int((unsigned char)text->text[at->whole]);
	return NULL;
}

static struct err *index_map(struct run *r, const struct value *map, const struct value *key, struct value *ret)
{
	if (key->kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "value is nil; should be of type string");
	if (key->kind != VALUE_STRING)
		return err_new(ERR_FAILED, "value has type %s; should be string", value_type(key));
	*ret = (struct value){ .kind = VALUE_NIL };
	for (const cJSON *c = json_first(map->node); c; c = json_next(c))
		if (str_eq(json_key(c), key->text))
			*ret = value_from(c, r->typed);
	return NULL;
}

static struct err *func_index(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	struct value at = args[0];

	/* A member that is missing, and one that is null: Go tells neither from the other, but the first from later ones. */
	if (at.kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "index of untyped nil");
	for (size_t i = 1; i < n; i++) {
		struct value next;

		TRY(run_step(r, 1));
		if (at.kind == VALUE_LIST)
			TRY(index_list(r, &at, &args[i], &next));
		else if (at.kind == VALUE_MAP)
			TRY(index_map(r, &at, &args[i], &next));
		else if (at.kind == VALUE_STRING)
			TRY(index_text(&at, &args[i], &next));
		else if (at.kind <= VALUE_NIL)
			return err_new(ERR_FAILED, "index of nil pointer");
		else
			return err_new(ERR_FAILED, "can't index item of type %s", value_type(&at));
		at = next;
	}
	*ret = at;
	return NULL;
}

static struct err *slice_bounds(const struct value *args, size_t n, size_t len, size_t *ret_from, size_t *ret_to)
{
	int64_t bounds[3] = { 0, (int64_t)len, (int64_t)len };

	for (size_t i = 1; i < n; i++) {
		TRY(index_at(&args[i], len));
		bounds[i - 1] = args[i].whole;
	}
	for (size_t i = 0; i < 2; i++)
		if (bounds[i] > bounds[i + 1])
			return err_new(ERR_FAILED, "invalid slice index: %lld > %lld", (long long)bounds[i],
				       (long long)bounds[i + 1]);
	*ret_from = (size_t)bounds[0];
	*ret_to = (size_t)bounds[1];
	return NULL;
}

static struct err *func_slice(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	size_t from, to, i = 0;

	if (args->kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "slice of untyped nil");
	if (n > 4)
		return err_new(ERR_FAILED, "too many slice indexes: %zu", n - 1);
	if (args->kind == VALUE_STRING && n == 4)
		return err_new(ERR_FAILED, "cannot 3-index slice a string");
	if (args->kind == VALUE_STRING) {
		TRY(slice_bounds(args, n, strlen(args->text), &from, &to));
		return run_keep(r, xstrndup(args->text + from, to - from), ret);
	}
	if (args->kind != VALUE_LIST)
		return err_new(ERR_FAILED, "can't slice item of type %s", value_type(args));
	TRY(slice_bounds(args, n, func_count(args->node), &from, &to));
	TRY(run_step(r, to - from + 1));
	cJSON *list = cJSON_CreateArray();
	for (const cJSON *c = json_first(args->node); c; c = json_next(c), i++)
		if (i >= from && i < to)
			cJSON_AddItemToArray(list, cJSON_Duplicate(c, true));
	if (!r->made_nodes)
		r->made_nodes = cJSON_CreateArray();
	cJSON_AddItemToArray(r->made_nodes, list);
	*ret = value_from(list, r->typed);
	return NULL;
}

static struct err *func_not(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	(void)r, (void)n;
	*ret = value_of_bool(!value_is_true(args));
	return NULL;
}

/* -1, 0 or 1. eq takes what can only be equal or not, too. */
static struct err *func_compare(const struct value *a, const struct value *b, bool order, int *ret)
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

static struct err *func_eq(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	(void)r;
	*ret = value_of_bool(false);
	for (size_t i = 1; i < n; i++) {
		int order;
		TRY(func_compare(&args[0], &args[i], false, &order));
		if (order == 0) {
			*ret = value_of_bool(true);
			return NULL;
		}
	}
	return NULL;
}

static struct err *func_ne(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	TRY(func_eq(r, args, n, ret));
	ret->truth = !ret->truth;
	return NULL;
}

#define FUNC_ORDER(name, test)                                                                                         \
	static struct err *func_##name(struct run *r, const struct value *args, size_t n, struct value *ret)           \
	{                                                                                                              \
		int order;                                                                                             \
		(void)r, (void)n;                                                                                      \
		TRY(func_compare(&args[0], &args[1], true, &order));                                                   \
		*ret = value_of_bool(order test 0);                                                                    \
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

static struct err *func_marshal(struct run *r, const struct value *v, int indent, struct value *ret)
{
	const cJSON *node = v->node;

	if (v->kind == VALUE_STRING)
		return run_keep(r, json_quote(v->text), ret);
	if (!node) {
		struct str s = STR_INIT;
		if (v->kind <= VALUE_NIL)
			str_add(&s, "null");
		else if (v->kind == VALUE_DURATION)
			str_addf(&s, "%lld", (long long)v->whole);
		else if (v->kind == VALUE_FLOAT)
			func_add_json_number(&s, v->real);
		else
			value_print(&s, v, r->typed);
		return keep_str(r, &s, ret);
	}
	return run_keep(r, json_print_sorted(node, indent), ret);
}

static struct err *func_json(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	(void)n;
	return func_marshal(r, args, 0, ret);
}

static struct err *func_prettyjson(struct run *r, const struct value *args, size_t n, struct value *ret)
{
	(void)n;
	return func_marshal(r, args, 4, ret);
}

static const struct function functions[] = {
	{ "and", 1, -1, NULL },		  { "or", 1, -1, NULL },
	{ "not", 1, 1, func_not },	  { "len", 1, 1, func_len },
	{ "index", 1, -1, func_index },	  { "slice", 1, -1, func_slice },
	{ "print", 0, -1, func_print },	  { "println", 0, -1, func_println },
	{ "printf", 1, -1, func_printf }, { "html", 0, -1, func_html },
	{ "js", 0, -1, func_js },	  { "urlquery", 0, -1, func_urlquery },
	{ "eq", 2, -1, func_eq },	  { "ne", 2, 2, func_ne },
	{ "lt", 2, 2, func_lt },	  { "le", 2, 2, func_le },
	{ "gt", 2, 2, func_gt },	  { "ge", 2, 2, func_ge },
	{ "json", 1, 1, func_json },	  { "prettyjson", 1, 1, func_prettyjson },
};

const struct function *function_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (str_eq(functions[i].name, name))
			return &functions[i];
	return NULL;
}
