/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as Go's range over a string sees it. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* What utf8_next yields for one byte that is no valid UTF-8 (no code point has this value). */
#define UTF8_BROKEN UINT32_MAX

/* The code point at text, which is not at its end, and how many bytes it takes. */
size_t utf8_next(const char *text, uint32_t *ret);
/* How many code points there are; a broken byte counts as one. */
size_t utf8_count(const char *text);
/* Append a code point; the replacement character for one that does not exist. */
void utf8_add(struct str *s, uint32_t c);

#endif
