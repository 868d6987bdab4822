/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports of a session's machine: QEMU's user networking forwards them, told through libvirt. */
#ifndef DRIVERS_KVM_KEEP_USER_H
#define DRIVERS_KVM_KEEP_USER_H

#include "drivers/keeper/ports.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/virt.h"

/* NULL, or what is in the way. Waits for QEMU's answer. */
struct err *keep_user_port(virDomainPtr domain, const struct kvm_config *c, const struct port *p, bool add) MUST_USE;

#endif
