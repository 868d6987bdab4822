/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes that nobody can guess, from the kernel. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

#include "base/err.h"

/* Fill len bytes at to, at most 256. */
struct err *random_bytes(void *to, size_t len) MUST_USE;
/* Lower-case hex of n random bytes, at most 256; the caller frees. */
struct err *random_hex(size_t n, char **ret) MUST_USE;

#endif
