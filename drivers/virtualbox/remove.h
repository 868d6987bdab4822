/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's members that remove a machine, by its record or by its folder alone. */
#ifndef DRIVERS_VIRTUALBOX_REMOVE_H
#define DRIVERS_VIRTUALBOX_REMOVE_H

#include "drivers/virtualbox/handle.h"

struct err *vbox_remove(void *self) MUST_USE;
struct err *vbox_sweep(const struct driver_env *env) MUST_USE;

#endif
