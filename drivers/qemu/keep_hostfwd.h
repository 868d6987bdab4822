/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports answer on the machine's address: QEMU's user network forwards them, told through the human monitor,
 * because QMP has no command for it.
 */
#ifndef DRIVERS_QEMU_KEEP_HOSTFWD_H
#define DRIVERS_QEMU_KEEP_HOSTFWD_H

#include "drivers/keeper/port_work.h"
#include "drivers/qemu/config.h"
#include "drivers/qemu/keep_qmp.h"

/* Is p taken, or made useless, by the machine's options? Then its state is set. */
bool keep_hostfwd_settle(const struct qemu_config *c, struct port *p);
void keep_hostfwd_carry(struct keep_qmp *q, const struct qemu_config *c, const struct port *p, bool add);
/* The monitor's answer to that; other answers change nothing. */
void keep_hostfwd_answer(struct port_work *w, const char *id, const char *text);

#endif
