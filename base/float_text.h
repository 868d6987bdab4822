/* SPDX-License-Identifier: Apache-2.0 */
/* Floating-point numbers as Go writes them: the fewest digits that give the same number back. */
#ifndef BASE_FLOAT_TEXT_H
#define BASE_FLOAT_TEXT_H

#include "base/str.h"

/* As encoding/json: 1000000, 0.5, 1e+21, 1e-7; null for infinities, which JSON does not have. */
void float_add_json(struct str *s, double value);
/* As fmt's %v and %g: 1e+06, 0.5, 100000, +Inf. */
void float_add_g(struct str *s, double value);

#endif
