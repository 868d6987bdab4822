/* SPDX-License-Identifier: Apache-2.0 */
/* Waits that end with an event or a deadline (clock_ms). */
#ifndef GUEST_LIB_WAIT_H
#define GUEST_LIB_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* Somebody listens on the unix socket at path. */
bool wait_socket(const char *path, int64_t deadline);

/* The engine answers GET /_ping with 200. */
bool wait_engine(const char *path, int64_t deadline);

void wait_ms(int ms);

#endif
