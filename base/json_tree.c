/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and changes of a tree. */
#include "base/json_tree.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"

/* Every whole number up to here is a double of its own. */
#define JSON_EXACT (INT64_C(1) << 53)

void json_freep(cJSON **tree)
{
	cJSON_Delete(*tree);
	*tree = NULL;
}

/* cJSON says with NULL that there is no memory. */
static cJSON *json_need(cJSON *node)
{
	if (!node)
		abort();
	return node;
}

cJSON *json_object(void)
{
	return json_need(cJSON_CreateObject());
}

cJSON *json_array(void)
{
	return json_need(cJSON_CreateArray());
}

bool json_is_object(const cJSON *node)
{
	return cJSON_IsObject(node);
}

bool json_is_array(const cJSON *node)
{
	return cJSON_IsArray(node);
}

bool json_is_string(const cJSON *node)
{
	return cJSON_IsString(node);
}

bool json_is_number(const cJSON *node)
{
	return cJSON_IsNumber(node) || cJSON_IsRaw(node);
}

bool json_is_bool(const cJSON *node)
{
	return cJSON_IsBool(node);
}

bool json_is_null(const cJSON *node)
{
	return cJSON_IsNull(node);
}

const cJSON *json_first(const cJSON *node)
{
	return node ? node->child : NULL;
}

const cJSON *json_next(const cJSON *node)
{
	return node ? node->next : NULL;
}

static int json_compare_keys(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

const cJSON **json_children(const cJSON *node, bool sorted, size_t *ret_n)
{
	size_t n = 0;

	for (const cJSON *child = json_first(node); child; child = json_next(child))
		n++;

	const cJSON **children = xcalloc(n, sizeof(*children));

	*ret_n = n;
	n = 0;
	for (const cJSON *child = json_first(node); child; child = json_next(child))
		children[n++] = child;
	if (sorted && json_is_object(node))
		qsort(children, n, sizeof(*children), json_compare_keys);
	return children;
}

const char *json_key(const cJSON *node)
{
	return node ? node->string : NULL;
}

const char *json_text(const cJSON *node)
{
	return cJSON_IsString(node) ? node->valuestring : NULL;
}

bool json_truth(const cJSON *node)
{
	return cJSON_IsTrue(node);
}

double json_double(const cJSON *node)
{
	if (cJSON_IsRaw(node))
		return strtod(node->valuestring, NULL);
	return cJSON_IsNumber(node) ? node->valuedouble : 0;
}

bool json_whole(const cJSON *node, int64_t *ret)
{
	double value = json_double(node);

	if (!json_is_number(node))
		return false;
	if (cJSON_IsRaw(node) && !strpbrk(node->valuestring, ".eE")) {
		char *end;
		long long whole = strtoll(node->valuestring, &end, 10);

		/* strtoll stops at the limits of its type; the text of a limit itself is the only one that equals it. */
		if (whole == INT64_MAX && strcmp(node->valuestring, "9223372036854775807") != 0)
			return false;
		if (whole == INT64_MIN && strcmp(node->valuestring, "-9223372036854775808") != 0)
			return false;
		*ret = whole;
		return *end == '\0';
	}
	/* 2 to the power of 63 is a double, the largest int64_t is none. */
	if (!(value >= -0x1p63 && value < 0x1p63) || value != floor(value))
		return false;
	*ret = (int64_t)value;
	return true;
}

const cJSON *json_get_or_null(const cJSON *tree, const char *path)
{
	while (tree) {
		const char *end = strchrnul(path, '.');
		auto_free char *name = xstrndup(path, (size_t)(end - path));

		tree = cJSON_GetObjectItemCaseSensitive(tree, name);
		if (!*end)
			break;
		path = end + 1;
	}
	return tree;
}

struct err *json_get(const cJSON *tree, const char *path, const cJSON **ret)
{
	const cJSON *node = json_get_or_null(tree, path);

	if (!node)
		return err_new(ERR_NOT_FOUND, "member '%s' is missing", path);
	*ret = node;
	return NULL;
}

static struct err *json_wrong(const char *path, const char *kind)
{
	return err_new(ERR_FAILED, "member '%s' is not a %s", path, kind);
}

struct err *json_str(const cJSON *tree, const char *path, const char **ret)
{
	const cJSON *node = NULL;

	TRY(json_get(tree, path, &node));
	if (!json_is_string(node))
		return json_wrong(path, "string");
	*ret = json_text(node);
	return NULL;
}

struct err *json_int(const cJSON *tree, const char *path, int64_t *ret)
{
	const cJSON *node = NULL;

	TRY(json_get(tree, path, &node));
	return json_whole(node, ret) ? NULL : json_wrong(path, "whole number");
}

struct err *json_bool(const cJSON *tree, const char *path, bool *ret)
{
	const cJSON *node = NULL;

	TRY(json_get(tree, path, &node));
	if (!json_is_bool(node))
		return json_wrong(path, "true or false");
	*ret = json_truth(node);
	return NULL;
}

const char *json_str_or(const cJSON *tree, const char *path, const char *fallback)
{
	const char *text = json_text(json_get_or_null(tree, path));

	return text ? text : fallback;
}

int64_t json_int_or(const cJSON *tree, const char *path, int64_t fallback)
{
	int64_t value;

	return json_whole(json_get_or_null(tree, path), &value) ? value : fallback;
}

bool json_bool_or(const cJSON *tree, const char *path, bool fallback)
{
	const cJSON *node = json_get_or_null(tree, path);

	return json_is_bool(node) ? json_truth(node) : fallback;
}

void json_strings(const cJSON *tree, const char *path, struct list *ret)
{
	const cJSON *array = json_get_or_null(tree, path);

	if (!json_is_array(array))
		return;
	for (const cJSON *node = json_first(array); node; node = json_next(node))
		if (json_is_string(node))
			list_add(ret, json_text(node));
}

void json_set(cJSON *object, const char *key, cJSON *value)
{
	cJSON *old = cJSON_GetObjectItemCaseSensitive(object, key);

	if (!value)
		value = json_need(cJSON_CreateNull());
	/* A member of something that is no object is a bug of the caller. */
	if (!cJSON_IsObject(object))
		abort();
	if (!(old ? cJSON_ReplaceItemInObjectCaseSensitive(object, key, value)
		  : cJSON_AddItemToObject(object, key, value)))
		abort();
}

void json_set_str(cJSON *object, const char *key, const char *value)
{
	json_set(object, key, value ? json_need(cJSON_CreateString(value)) : NULL);
}

void json_set_int(cJSON *object, const char *key, int64_t value)
{
	char text[32];

	if (value >= -JSON_EXACT && value <= JSON_EXACT) {
		json_set(object, key, json_need(cJSON_CreateNumber((double)value)));
		return;
	}
	snprintf(text, sizeof(text), "%" PRId64, value);
	json_set(object, key, json_need(cJSON_CreateRaw(text)));
}

void json_set_bool(cJSON *object, const char *key, bool value)
{
	json_set(object, key, json_need(cJSON_CreateBool(value)));
}

void json_set_null(cJSON *object, const char *key)
{
	json_set(object, key, NULL);
}

void json_set_strings(cJSON *object, const char *key, const struct list *values)
{
	cJSON *array = json_array();

	for (size_t i = 0; i < values->n; i++)
		cJSON_AddItemToArray(array, json_need(cJSON_CreateString(values->items[i])));
	json_set(object, key, array);
}

cJSON *json_object_at(cJSON *object, const char *key)
{
	cJSON *child = cJSON_GetObjectItemCaseSensitive(object, key);

	if (cJSON_IsObject(child))
		return child;
	child = json_object();
	json_set(object, key, child);
	return child;
}

void json_plain(cJSON *tree, size_t max, unsigned how)
{
	if (cJSON_IsString(tree)) {
		auto_free char *text = plain_text(tree->valuestring, max, how);

		if (!str_eq(text, tree->valuestring))
			cJSON_SetValuestring(tree, text);
	}
	if (tree->string && !(tree->type & cJSON_StringIsConst)) {
		char *name = plain_text(tree->string, max, how);

		cJSON_free(tree->string);
		tree->string = name;
	}
	for (cJSON *c = tree->child; c; c = c->next)
		json_plain(c, max, how);
}
