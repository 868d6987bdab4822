/* SPDX-License-Identifier: Apache-2.0 */
/* Go's fmt over values of templates. */
#ifndef GOTEXT_PRINTF_H
#define GOTEXT_PRINTF_H

#include "gotext/value.h"

/* As fmt.Sprintf; stops early when s grows past GOTEXT_MAX_OUTPUT. */
void gotext_printf(struct str *s, const char *format, const struct gotext_value *args, size_t n, bool typed);
/* As fmt.Sprint, with spaces as fmt.Sprintln (but for the line's end). */
void gotext_sprint(struct str *s, const struct gotext_value *args, size_t n, bool spaces, bool typed);

#endif
