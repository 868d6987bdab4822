/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON by typed, dotted reads over cJSON. Results are borrowed from the tree. No other file looks into a cJSON node.
 * Numbers keep every digit: cJSON holds them as doubles, so json_parse keeps the raw text of those that a double does
 * not hold or would print in another way.
 */
#ifndef BASE_JSON_TREE_H
#define BASE_JSON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"

void json_freep(cJSON **tree);
#define auto_json __attribute__((cleanup(json_freep))) cJSON

#define JSON_MAX_DEPTH 64

/* Empty ones; the caller's to free, or to hand to a tree. As all memory, they are there or the program ends. */
cJSON *json_object(void) __attribute__((returns_nonnull));
cJSON *json_array(void) __attribute__((returns_nonnull));

/* Reads of "A.B.C": ERR_NOT_FOUND "member 'A.B.C' is missing", ERR_FAILED when it is of another type. */
struct err *json_get(const cJSON *tree, const char *path, const cJSON **ret) MUST_USE;
struct err *json_str(const cJSON *tree, const char *path, const char **ret) MUST_USE;
struct err *json_int(const cJSON *tree, const char *path, int64_t *ret) MUST_USE;
struct err *json_bool(const cJSON *tree, const char *path, bool *ret) MUST_USE;

/* The same with a default for what is missing or of another type. */
const char *json_str_or(const cJSON *tree, const char *path, const char *fallback);
int64_t json_int_or(const cJSON *tree, const char *path, int64_t fallback);
bool json_bool_or(const cJSON *tree, const char *path, bool fallback);
const cJSON *json_get_or_null(const cJSON *tree, const char *path);
void json_strings(const cJSON *tree, const char *path, struct list *ret); /* strings of an array; others left out */

/* Kinds and children, so that callers need no cJSON field. */
bool json_is_object(const cJSON *node);
bool json_is_array(const cJSON *node);
bool json_is_string(const cJSON *node);
bool json_is_number(const cJSON *node);
bool json_is_bool(const cJSON *node);
bool json_is_null(const cJSON *node);
const cJSON *json_first(const cJSON *node); /* first child, NULL when none */
const cJSON *json_next(const cJSON *node);
/* Children in an array, which the caller frees; those of an object sorted by name when asked for. */
const cJSON **json_children(const cJSON *node, bool sorted, size_t *ret_n);
const char *json_key(const cJSON *node);  /* member name, NULL in an array */
const char *json_text(const cJSON *node); /* of a string node, NULL otherwise */
bool json_truth(const cJSON *node);	  /* of a bool node, false otherwise */
double json_double(const cJSON *node);	  /* of a number node, 0 otherwise */
/* A number node that is a whole number of 64 bits; false when it is not. */
bool json_whole(const cJSON *node, int64_t *ret);

/* Set members; the tree owns what it is given. An existing member is replaced in its place. */
void json_set_str(cJSON *object, const char *key, const char *value); /* NULL: null */
void json_set_int(cJSON *object, const char *key, int64_t value);
void json_set_bool(cJSON *object, const char *key, bool value);
void json_set_null(cJSON *object, const char *key);
void json_set(cJSON *object, const char *key, cJSON *value);
void json_set_strings(cJSON *object, const char *key, const struct list *values);
/* Every string of the tree, and every member's name, for a terminal: as plain_text with these arguments (base/plain.h). */
void json_plain(cJSON *tree, size_t max, unsigned how);
/* The object below key, made when missing. Borrowed. */
cJSON *json_object_at(cJSON *object, const char *key);

#endif
