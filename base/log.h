/* SPDX-License-Identifier: Apache-2.0 */
/* The debug log: lines on stderr when --debug or MACHINE_DEBUG asks for them. Never holds a secret. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

void log_set_debug(bool on);
bool log_is_debug(void);
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
