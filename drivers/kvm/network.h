/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network that a machine joins, and its address there. On networks whose DHCP server libvirt runs, MAC and address
 * are reserved before the machine exists: the address is known before boot and stays for life. On others it is found.
 */
#ifndef DRIVERS_KVM_NETWORK_H
#define DRIVERS_KVM_NETWORK_H

#include "drivers/driver.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/virt.h"

/*
 * Make our own network if it is asked for and missing (on a range that nothing there uses), start it, and reserve: sets
 * guest_address, subnet and reserved. Without a DHCP server of libvirt's, guest_address stays "". Also again, at each
 * start: what was lost is made again, with the same address where that still fits.
 */
struct err *network_prepare(const struct driver_env *env, virConnectPtr conn, struct kvm_config *c) MUST_USE;

/* Drop the reservation of our MAC; remove our own network when nobody uses it any more. Fine when all is gone. */
struct err *network_release(const struct driver_env *env, virConnectPtr conn, const struct kvm_config *c) MUST_USE;

/* Is the network that is asked for there, or ours to make? Changes nothing. */
struct err *network_check(virConnectPtr conn, const struct kvm_config *c) MUST_USE;

#endif
