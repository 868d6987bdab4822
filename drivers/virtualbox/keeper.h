/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that belongs to a running machine: `machine __driver virtualbox keep NAME`. It holds the machine's end of the
 * agent's line (VirtualBox lets one at a time connect there), makes published ports answer on the machine's loopback address,
 * and passes requests to the agent on. It ends with the machine. Without it the machine runs on; the next command that
 * needs it starts another.
 */
#ifndef DRIVERS_VIRTUALBOX_KEEPER_H
#define DRIVERS_VIRTUALBOX_KEEPER_H

#include "drivers/virtualbox/handle.h"

/* Start it unless it runs. Nothing to do for a machine without such a line. */
struct err *keeper_start(const struct vbox *v) MUST_USE;
/* The same where the machine may not run: only when its end of the line is there. */
struct err *keeper_revive(const struct vbox *v) MUST_USE;
/* Wait until it has ended, as it does with its machine; past the deadline nothing is said. */
struct err *keeper_await_end(const struct vbox *v, int timeout_ms) MUST_USE;
/* End it, and drop what it leaves. */
struct err *keeper_end(const struct vbox *v) MUST_USE;

/* A request to the guest's agent. ERR_WRONG_STATE when no keeper runs, ERR_TIMEOUT. The caller frees *ret. */
struct err *keeper_agent(const struct vbox *v, const cJSON *request, int timeout_ms, cJSON **ret) MUST_USE;
/* What it made of the published ports. The caller frees. */
struct err *keeper_ports(const struct vbox *v, cJSON **ret) MUST_USE;

int keeper_main(int argc, char *const *argv);

#endif
