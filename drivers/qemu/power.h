/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a machine, its start where something runs already, and its end. */
#ifndef DRIVERS_QEMU_POWER_H
#define DRIVERS_QEMU_POWER_H

#include "drivers/qemu/handle.h"

struct err *qemu_kill(void *self) MUST_USE;
char *qemu_problem(void *self);
/*
 * One that is on already: *ret says so. A boot that a killed start left is waited for, whether it goes on or is over; one that
 * failed is ended, to be begun anew, since its guest will not come any further. ERR_WRONG_STATE for one that stands still.
 */
struct err *qemu_start_found(struct qemu *q, bool *ret) MUST_USE;
struct err *qemu_state(void *self, enum machine_state *ret) MUST_USE;
struct err *qemu_stop(void *self, int timeout_ms) MUST_USE;
struct err *qemu_wait_ready(void *self, struct deadline deadline,
			    void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;

#endif
