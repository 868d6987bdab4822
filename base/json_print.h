/* SPDX-License-Identifier: Apache-2.0 */
/* From a tree to JSON's text. */
#ifndef BASE_JSON_PRINT_H
#define BASE_JSON_PRINT_H

#include <cjson/cJSON.h>

/*
 * As Go's json.Marshal writes it: <, >, &, U+2028 and U+2029 escaped, indent blanks per level (0: compact, no blanks).
 * The caller frees.
 */
char *json_print(const cJSON *tree, int indent);
/* The same with the members of every object sorted, as Go writes a map. */
char *json_print_sorted(const cJSON *tree, int indent);
/* One string in the same manner, with its quotes; the caller frees. */
char *json_quote(const char *text);

#endif
