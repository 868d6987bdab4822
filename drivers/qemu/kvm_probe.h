/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does KVM run a guest here? A device that opens proves nothing: under some nested hypervisors every kernel hangs after
 * the firmware. So a small guest is booted once, and the answer is kept as long as nothing that matters changes.
 */
#ifndef DRIVERS_QEMU_KVM_PROBE_H
#define DRIVERS_QEMU_KVM_PROBE_H

#include <stdbool.h>

#include "drivers/driver.h"
#include "drivers/qemu/config.h"

/* Can /dev/kvm be used at all? NULL: yes. The hint is the cure. */
struct err *kvm_check_device(void) MUST_USE;

/*
 * What the wish becomes on this host. auto: emulation with a line to the user that says why, unless KVM runs a guest.
 * kvm: never probed. binary is absolute.
 */
struct err *kvm_choose(const struct driver_env *env, enum vm_accel wish, const char *binary,
		       const struct driver_image *image, bool *ret_kvm) MUST_USE;

/* Everything that the answer depends on, as one text; the caller frees. */
char *kvm_probe_key(const char *binary, const struct driver_image *image);

/* For tests: another device than /dev/kvm; NULL: that one. */
void kvm_set_device(const char *path);

#endif
