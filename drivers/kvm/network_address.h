/* SPDX-License-Identifier: Apache-2.0 */
/* Which address a machine got, as libvirt's leases or this host's neighbours know it. */
#ifndef DRIVERS_KVM_NETWORK_ADDRESS_H
#define DRIVERS_KVM_NETWORK_ADDRESS_H

#include "drivers/kvm/handle.h"

/*
 * The address that the running machine has now, by the network's leases and by the tables of neighbours (libvirt's, and
 * this host's own). NULL when they do not know it. The caller frees.
 */
char *network_lease_address(virDomainPtr domain, const struct kvm_config *c);
char *network_neighbour_address(virDomainPtr domain, const struct kvm_config *c);

#endif
