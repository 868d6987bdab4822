/* SPDX-License-Identifier: Apache-2.0 */
/* The list of drivers. */
#ifndef DRIVERS_REGISTRY_H
#define DRIVERS_REGISTRY_H

#include "drivers/driver.h"

extern const struct driver_ops *const driver_table[]; /* ends with NULL */

/* By exact name, NULL when there is none. */
const struct driver_ops *driver_find(const char *name);

#endif
