/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual machines under QEMU with no privilege and no daemon: one supervisor process for each. */
#ifndef DRIVERS_QEMU_H
#define DRIVERS_QEMU_H

#include "drivers/driver.h"

extern const struct driver_ops driver_qemu;

#endif
