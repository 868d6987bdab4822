/* SPDX-License-Identifier: Apache-2.0 */
/* Which drivers there are. What is found lives as long as the program; threads may ask at once. */
#ifndef DRIVERS_REGISTRY_H
#define DRIVERS_REGISTRY_H

#include "drivers/driver.h"

/* The driver of exactly that name, NULL when there is none: one that is built in comes before any other. */
const struct driver *driver_resolve(const char *name);

/* All drivers one after the other, in the order of help. NULL is before the first and after the last. */
const struct driver *driver_next(const struct driver *d);

#endif
