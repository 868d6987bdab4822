/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's member start: from whatever state VirtualBox tells. */
#ifndef DRIVERS_VIRTUALBOX_START_H
#define DRIVERS_VIRTUALBOX_START_H

#include "drivers/virtualbox/handle.h"

struct err *vbox_start(void *self, const struct driver_image *image) MUST_USE;

#endif
