/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's side of the machine's keeper (keep.h). What can be asked while it runs is drivers/keeper/client.h's. A command
 * that needs a keeper which is not there starts another.
 */
#ifndef DRIVERS_VIRTUALBOX_KEEP_CLIENT_H
#define DRIVERS_VIRTUALBOX_KEEP_CLIENT_H

#include "drivers/virtualbox/handle.h"

/* Start it unless it runs. Nothing to do for a machine without a line to its agent. */
struct err *vbox_keep_start(const struct vbox *v) MUST_USE;
/* The same where the machine may not run: only when its end of the line is there. */
struct err *vbox_keep_revive(const struct vbox *v) MUST_USE;
/* Wait until it has ended, as it does with its machine; past the deadline nothing is said. */
struct err *vbox_keep_await_end(const struct vbox *v, int timeout_ms) MUST_USE;
/* End it, and drop what one that was killed has left. */
struct err *vbox_keep_end(const struct vbox *v) MUST_USE;

#endif
