/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reads from cJSON trees, bounded; and the parser with the depth and size that a guest
 * accepts. */
#ifndef GUEST_LIB_JSON_H
#define GUEST_LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "cJSON.h"

/* An object from text, or NULL: not JSON, not an object, or longer than `len` says. */
cJSON *json_object(const char *text, size_t len);

/* The object in a file of at most GUEST_LINE_MAX bytes; NULL when there is none. */
cJSON *json_file(const char *path);

/* Member `name` as text, borrowed; NULL when it is absent or no string. */
const char *json_text(const cJSON *object, const char *name);

bool json_true(const cJSON *object, const char *name);

/* As on the host: `auto_json *tree` is deleted at the end of its block. */
#define auto_json __attribute__((cleanup(json_release))) cJSON
static inline void json_release(cJSON **tree)
{
	cJSON_Delete(*tree);
}

#endif
