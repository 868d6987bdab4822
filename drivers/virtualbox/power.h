/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's members that end a machine, and the one that changes its sizes while it is off. */
#ifndef DRIVERS_VIRTUALBOX_POWER_H
#define DRIVERS_VIRTUALBOX_POWER_H

#include "drivers/virtualbox/handle.h"

struct err *vbox_stop(void *self, int timeout_ms) MUST_USE;
struct err *vbox_kill(void *self) MUST_USE;
/*
 * Let a paused machine go on. ERR_WRONG_STATE while what VirtualBox paused it for lasts. Blocks for a call, and a second and
 * another call where VirtualBox had paused it by itself.
 */
struct err *vbox_resume(struct vbox *v) MUST_USE;
struct err *vbox_resize(void *self, const struct driver_sizes *sizes) MUST_USE;

#endif
