/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of templates that look into lists, maps and texts; called as all in the table of func.c. */
#ifndef GOTEXT_INDEX_H
#define GOTEXT_INDEX_H

#include "gotext/work.h"

struct err *gotext_index_len(struct gotext_work *w, const struct gotext_value *args, size_t n,
			     struct gotext_value *ret) MUST_USE;
struct err *gotext_index_index(struct gotext_work *w, const struct gotext_value *args, size_t n,
			       struct gotext_value *ret) MUST_USE;
struct err *gotext_index_slice(struct gotext_work *w, const struct gotext_value *args, size_t n,
			       struct gotext_value *ret) MUST_USE;

#endif
