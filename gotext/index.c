/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that look into lists, maps and texts: len, index, slice. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gotext/index.h"

static size_t index_count(const cJSON *node)
{
	size_t n = 0;

	for (const cJSON *c = json_first(node); c; c = json_next(c))
		n++;
	return n;
}

struct err *gotext_index_len(struct gotext_work *w, const struct gotext_value *args, size_t n, struct gotext_value *ret)
{
	(void)w, (void)n;
	if (args->kind == VALUE_STRING)
		*ret = gotext_value_of_int((int64_t)strlen(args->text));
	else if (args->kind == VALUE_LIST || args->kind == VALUE_MAP)
		*ret = gotext_value_of_int((int64_t)index_count(args->node));
	else if (args->kind ==
		 VALUE_NONE) /* Go's reflection refuses a value that is none, and its words are passed on */
		return err_new(ERR_FAILED, "reflect: call of reflect.Value.Type on zero Value");
	else if (args->kind == VALUE_NIL)
		return err_new(ERR_FAILED, "len of nil pointer");
	else
		return err_new(ERR_FAILED, "len of type %s", gotext_value_type(args));
	return NULL;
}

/* Go's indexArg: a place in what has `len` parts, of which the one behind the last is still allowed. */
static struct err *index_at(const struct gotext_value *at, size_t len)
{
	if (at->kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "cannot index slice/array with nil");
	if (at->kind != VALUE_INT && at->kind != VALUE_DURATION)
		return err_new(ERR_FAILED, "cannot index slice/array with type %s", gotext_value_type(at));
	if (at->whole < 0 || (uint64_t)at->whole > len)
		return err_new(ERR_FAILED, "index out of range: %lld", (long long)at->whole);
	return NULL;
}

static struct err *index_list(struct gotext_work *w, const struct gotext_value *list, const struct gotext_value *at,
			      struct gotext_value *ret)
{
	const cJSON *c = json_first(list->node);
	size_t len = index_count(list->node);

	TRY(index_at(at, len));
	if ((size_t)at->whole == len)
		return err_new(ERR_FAILED, "reflect: slice index out of range");
	for (int64_t i = 0; i < at->whole; i++)
		c = json_next(c);
	*ret = gotext_value_from(c, w->typed);
	return NULL;
}

static struct err *index_text(const struct gotext_value *text, const struct gotext_value *at, struct gotext_value *ret)
{
	size_t len = strlen(text->text);

	TRY(index_at(at, len));
	if ((size_t)at->whole == len)
		return err_new(ERR_FAILED, "reflect: string index out of range");
	*ret = gotext_value_of_int((unsigned char)text->text[at->whole]);
	return NULL;
}

static struct err *index_map(struct gotext_work *w, const struct gotext_value *map, const struct gotext_value *key,
			     struct gotext_value *ret)
{
	if (key->kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "value is nil; should be of type string");
	if (key->kind != VALUE_STRING)
		return err_new(ERR_FAILED, "value has type %s; should be string", gotext_value_type(key));
	*ret = (struct gotext_value){ .kind = VALUE_NIL };
	for (const cJSON *c = json_first(map->node); c; c = json_next(c))
		if (str_eq(json_key(c), key->text))
			*ret = gotext_value_from(c, w->typed);
	return NULL;
}

struct err *gotext_index_index(struct gotext_work *w, const struct gotext_value *args, size_t n,
			       struct gotext_value *ret)
{
	struct gotext_value at = args[0];

	/* A member that is missing, and one that is null: Go tells neither from the other, but the first from later ones. */
	if (at.kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "index of untyped nil");
	for (size_t i = 1; i < n; i++) {
		struct gotext_value next;

		TRY(gotext_work_step(w, 1));
		if (at.kind == VALUE_LIST)
			TRY(index_list(w, &at, &args[i], &next));
		else if (at.kind == VALUE_MAP)
			TRY(index_map(w, &at, &args[i], &next));
		else if (at.kind == VALUE_STRING)
			TRY(index_text(&at, &args[i], &next));
		else if (at.kind <= VALUE_NIL)
			return err_new(ERR_FAILED, "index of nil pointer");
		else
			return err_new(ERR_FAILED, "can't index item of type %s", gotext_value_type(&at));
		at = next;
	}
	*ret = at;
	return NULL;
}

static struct err *index_bounds(const struct gotext_value *args, size_t n, size_t len, size_t *ret_from, size_t *ret_to)
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

struct err *gotext_index_slice(struct gotext_work *w, const struct gotext_value *args, size_t n,
			       struct gotext_value *ret)
{
	size_t from, to, i = 0;

	if (args->kind <= VALUE_NIL)
		return err_new(ERR_FAILED, "slice of untyped nil");
	if (n > 4)
		return err_new(ERR_FAILED, "too many slice indexes: %zu", n - 1);
	if (args->kind == VALUE_STRING && n == 4)
		return err_new(ERR_FAILED, "cannot 3-index slice a string");
	if (args->kind == VALUE_STRING) {
		TRY(index_bounds(args, n, strlen(args->text), &from, &to));
		return gotext_work_keep(w, xstrndup(args->text + from, to - from), ret);
	}
	if (args->kind != VALUE_LIST)
		return err_new(ERR_FAILED, "can't slice item of type %s", gotext_value_type(args));
	TRY(index_bounds(args, n, index_count(args->node), &from, &to));
	TRY(gotext_work_step(w, to - from + 1));
	cJSON *list = json_array();
	for (const cJSON *c = json_first(args->node); c; c = json_next(c), i++)
		if (i >= from && i < to)
			cJSON_AddItemToArray(list, cJSON_Duplicate(c, true));
	gotext_work_keep_list(w, list, ret);
	return NULL;
}
