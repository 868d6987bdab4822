/* SPDX-License-Identifier: Apache-2.0 */
/* From start to off, and what waits for the guest. */
#ifndef DRIVERS_KVM_POWER_H
#define DRIVERS_KVM_POWER_H

#include "drivers/kvm/handle.h"

/* Path of the console's end, fetched from the hypervisor when that can be reached, else what was fetched last. Borrowed. */
const char *kvm_console(void *self);
struct err *kvm_kill(void *self) MUST_USE;
char *kvm_problem(void *self); /* of what kvm_state found */
struct err *kvm_resize(void *self, const struct driver_sizes *sizes) MUST_USE;
struct err *kvm_start(void *self, const struct driver_image *image) MUST_USE;
struct err *kvm_state(void *self, enum machine_state *ret) MUST_USE;
struct err *kvm_stop(void *self, int timeout_ms) MUST_USE;
struct err *kvm_wait_ready(void *self, struct deadline deadline,
			   void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;

#endif
