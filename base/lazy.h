/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that are loaded at their first use, so that a command which does not need them starts in no time. */
#ifndef BASE_LAZY_H
#define BASE_LAZY_H

#include <stddef.h>

#include "base/err.h"

struct lazy_symbol {
	const char *name;
	void **slot; /* receives the address */
};

/*
 * Load a shared library by the file name that its ABI has (say "libcurl.so.4") and fill every slot. Safe to call from
 * many threads and again. ERR_UNSUPPORTED with a hint that names the package when it is not installed.
 */
struct err *lazy_load(const char *file, const char *package, const struct lazy_symbol *symbols, size_t n) MUST_USE;

#endif
