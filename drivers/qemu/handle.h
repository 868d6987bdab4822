/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's handle, and what power.c does with it (drivers/driver.h says what each is). */
#ifndef DRIVERS_QEMU_HANDLE_H
#define DRIVERS_QEMU_HANDLE_H

#include "drivers/qemu/config.h"

#define QEMU_ASK_MS 5000

struct qemu {
	const struct driver_env *env;
	struct qemu_config config;
	char *lock, *console, *disk;
	bool woken; /* start found it booting */
};

#endif
