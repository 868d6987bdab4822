/* SPDX-License-Identifier: Apache-2.0 */
/* How a machine is: VirtualBox is asked, with one call, and what it does not know the keeper or the console tells. */
#ifndef DRIVERS_VIRTUALBOX_STATE_H
#define DRIVERS_VIRTUALBOX_STATE_H

#include "drivers/virtualbox/handle.h"

/*
 * As VirtualBox has it: a guest that boots, or whose boot failed, runs. ERR_NOT_FOUND for a machine that VirtualBox does not
 * know, ERR_WRONG_STATE for a copy of another's folder. Blocks for a call.
 */
struct err *vbox_state_told(struct vbox *v, enum machine_state *ret) MUST_USE;
/* What VirtualBox says of a machine in info (of showvminfo), and of the ports that it runs with. */
struct err *vbox_state_read(struct vbox *v, const char *info, enum machine_state *ret) MUST_USE;

/* Of a guest that runs for VirtualBox: STATE_STARTING while it boots, STATE_ERROR when that failed, STATE_RUNNING. */
enum machine_state vbox_state_guest(const struct vbox *v, const char *info);

/* The driver's member state: all of it. */
struct err *vbox_state_of(void *self, enum machine_state *ret) MUST_USE;

#endif
