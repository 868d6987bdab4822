/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's members that make a machine, or give it another image. They block for several calls of VBoxManage. */
#ifndef DRIVERS_VIRTUALBOX_CREATE_H
#define DRIVERS_VIRTUALBOX_CREATE_H

#include "drivers/virtualbox/handle.h"

struct err *vbox_plan(void *self) MUST_USE;
struct err *vbox_create(void *self, const struct driver_image *image, const char *seed) MUST_USE;
struct err *vbox_upgrade(void *self, const struct driver_image *image) MUST_USE;

#endif
