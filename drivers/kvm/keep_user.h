/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports of a session's machine: QEMU's user networking forwards them, told through libvirt. */
#ifndef DRIVERS_KVM_KEEP_USER_H
#define DRIVERS_KVM_KEEP_USER_H

#include "drivers/keeper/ports.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/virt.h"

/* NULL, or what is in the way. Waits for QEMU's answer. */
struct err *keep_user_port(virDomainPtr domain, const struct kvm_config *c, const struct port *p, bool add) MUST_USE;
/* The ports that QEMU forwards already, for a keeper that was not there when it was told to. */
void keep_user_adopt(virDomainPtr domain, const struct kvm_config *c, struct ports *ret);
/* The same from the monitor's words, "info usernet". Pure. */
void keep_user_read(const char *usernet, const char *address, struct ports *ret);

#endif
