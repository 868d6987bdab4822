/* SPDX-License-Identifier: Apache-2.0 */
/* Which system an ISO boots. */
#ifndef DRIVERS_VIRTUALBOX_ISO_H
#define DRIVERS_VIRTUALBOX_ISO_H

#include <stdbool.h>

#include "base/err.h"

/* Is it an image of ours, which takes its identity from a seed volume? ERR_FAILED when it is no ISO at all. */
struct err *iso_is_ours(const char *path, bool *ret) MUST_USE;

#endif
