/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's member wait_ready: how far the guest is, by its console. */
#ifndef DRIVERS_VIRTUALBOX_READY_H
#define DRIVERS_VIRTUALBOX_READY_H

#include "drivers/virtualbox/handle.h"

struct err *vbox_wait_ready(void *self, struct deadline deadline,
			    void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;

#endif
