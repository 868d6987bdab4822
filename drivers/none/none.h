/* SPDX-License-Identifier: Apache-2.0 */
/* An engine that somebody else looks after: only its URL is known. */
#ifndef DRIVERS_NONE_H
#define DRIVERS_NONE_H

#include "drivers/driver.h"

extern const struct driver_ops driver_none;

#endif
