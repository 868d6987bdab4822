/* SPDX-License-Identifier: Apache-2.0 */
/* Our own network: on a range that nothing uses. And small questions to a network, for network.c. */
#ifndef DRIVERS_KVM_NETWORK_OWN_H
#define DRIVERS_KVM_NETWORK_OWN_H

#include "drivers/driver.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/network_facts.h"
#include "drivers/kvm/virt.h"

/* *ret NULL when there is none. */
struct err *network_lookup(virConnectPtr conn, const char *name, virNetworkPtr *ret) MUST_USE;
struct err *network_xml(virNetworkPtr net, char **ret) MUST_USE;
struct err *network_facts(virNetworkPtr net, struct network_facts *ret) MUST_USE;

/* Does the error of a start say that an interface there uses the range? */
bool network_is_clash(const struct err *e);

/* Make and start it, on c->subnet where that is free, else on the first range that is. */
struct err *network_make_own(const struct driver_env *env, virConnectPtr conn, const char *name,
			     const struct kvm_config *c) MUST_USE;

/* Does a router of this host lead to that address? Neither the default route counts nor one of a whole 10.0.0.0/8. */
bool network_is_routed_here(const char *address);

#endif
