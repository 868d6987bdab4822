/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of a running template. */
#ifndef GOTEXT_RUN_H
#define GOTEXT_RUN_H

#include "gotext/eval.h"

/* Append to out what the template prints over its root value. What was printed before an error stays. */
struct err *gotext_run_all(struct gotext_eval *eval, struct str *out) MUST_USE;

#endif
