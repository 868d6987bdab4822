/* SPDX-License-Identifier: Apache-2.0 */
/* Many machines named in one command are handled side by side. */
#ifndef CORE_PARALLEL_H
#define CORE_PARALLEL_H

#include <stddef.h>

#include "base/err.h"

/*
 * Call fn(data, i) for i in 0..n-1, at most 32 at once, and wait for all. One error is returned as it is; several are
 * joined, one on each line, with the code and status of the first.
 */
struct err *parallel_run(size_t n, struct err *(*fn)(void *data, size_t i), void *data) MUST_USE;

/* Join errors as above; takes them (NULL entries are fine). NULL when there is none. */
struct err *errors_join(struct err **errors, size_t n) MUST_USE;

#endif
