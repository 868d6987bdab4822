/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of texts and files. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#include "base/err.h"

/* Lower-case hex of n bytes; the caller frees. */
char *digest_hex(const unsigned char *bytes, size_t n);

/* SHA-256 of a text as 64 hex digits; the caller frees. */
struct err *digest_sha256_text(const char *text, char **ret) MUST_USE;
/* SHA-256 of a regular file as 64 hex digits; the caller frees. ERR_NOT_FOUND when it is missing. An interrupt ends it. */
struct err *digest_sha256_file(const char *path, char **ret) MUST_USE;

/* For tests: answer for digest_sha256_file. NULL gives the real one back. */
typedef struct err *(*digest_fake_fn)(const char *path, char **ret);
void digest_set_fake(digest_fake_fn fn);

#endif
