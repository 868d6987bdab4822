/* SPDX-License-Identifier: Apache-2.0 */
/* From JSON's text to a tree. */
#ifndef BASE_JSON_PARSE_H
#define BASE_JSON_PARSE_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/err.h"

/*
 * Parse one whole document; the error says at which byte it ends to make sense. what names it in the error. Stricter
 * than cJSON alone: RFC 8259 to the letter, at most JSON_MAX_DEPTH levels, no NUL in strings (they are C strings here).
 */
struct err *json_parse(const char *text, size_t len, const char *what, cJSON **ret) MUST_USE;
struct err *json_read_file(const char *path, cJSON **ret) MUST_USE; /* at most 4 MiB */

#endif
