/* SPDX-License-Identifier: Apache-2.0 */
/* The two small files that say what an image is: SHA256SUMS and image.json. Pure, for the fuzzer and image.c. */
#ifndef PROVISION_SUMS_H
#define PROVISION_SUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "provision/image_info.h"

#define SUMS_MAX ((size_t)64 * 1024) /* bytes of SHA256SUMS */
#define SUMS_DIGEST 64		     /* hex digits of a digest */

/*
 * The digest of a file of that name, 64 lower-case digits; false when it is not listed. text has to be one that
 * sums_check accepts. A line is "DIGEST  NAME" or "DIGEST *NAME"; "./" before the name is passed over.
 */
bool sums_find(const char *text, const char *name, char ret[SUMS_DIGEST + 1]);

/* Is every line of it well formed? The error names the line. */
struct err *sums_check(const char *text, size_t len) MUST_USE;

/* Take cmdline, engine and kernel from image.json's text. */
struct err *sums_image_json(const char *text, size_t len, struct image *ret) MUST_USE;

#endif
