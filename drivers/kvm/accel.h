/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does KVM run a guest on the hypervisor? What libvirt says of its abilities is no proof (it says yes where QEMU's user
 * may not use the device, and where every kernel hangs after the firmware). So a small guest is booted, and the answer is
 * kept for an hour.
 */
#ifndef DRIVERS_KVM_ACCEL_H
#define DRIVERS_KVM_ACCEL_H

#include "drivers/driver.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/image.h"
#include "drivers/kvm/virt.h"

/*
 * What the wish becomes there. auto: emulation with a line to the user that says why, unless KVM runs a guest. kvm and
 * tcg: never probed. The guest of the probe goes when its connection does.
 */
struct err *accel_choose(const struct driver_env *env, virConnectPtr conn, const struct kvm_config *c,
			 const struct kvm_image *there, const struct driver_image *image, bool *ret_kvm) MUST_USE;

#endif
