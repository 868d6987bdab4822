/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's member state: VirtualBox is asked, with one call. */
#ifndef DRIVERS_VIRTUALBOX_STATE_H
#define DRIVERS_VIRTUALBOX_STATE_H

#include "drivers/virtualbox/handle.h"

/* ERR_NOT_FOUND for a machine that VirtualBox does not know, ERR_WRONG_STATE for a copy of another's folder. Blocks for a call. */
struct err *vbox_state_of(void *self, enum machine_state *ret) MUST_USE;

#endif
