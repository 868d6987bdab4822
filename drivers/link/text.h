/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that a guest or a hypervisor wrote, made fit for a person's terminal. Pure. */
#ifndef DRIVERS_LINK_TEXT_H
#define DRIVERS_LINK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * Append text without escape sequences and control characters, at most max bytes of it. keep_lines: line ends stay,
 * else they become blanks.
 */
void text_clean(struct str *s, const char *text, size_t len, size_t max, bool keep_lines);

/* The last n lines of a cleaned console, each indented; empty lines are left out. The caller frees. */
char *text_tail(const char *text, size_t len, int n);

/* The end of a console log as text_tail gives it; "" when there is no such file. The caller frees. */
char *text_console_tail(const char *path, int n);

#endif
