/* SPDX-License-Identifier: Apache-2.0 */
/* Go's quoted texts and what they stand for. */
#ifndef GOTEXT_UNQUOTE_H
#define GOTEXT_UNQUOTE_H

#include <stdbool.h>

#include "base/str.h"

/*
 * Append what stands between the quotes of text, which begins with its quote (" or '). False when Go has no such
 * escape, or when one means a NUL, which no string of ours has.
 */
bool gotext_unquote(const char *text, struct str *s);

#endif
