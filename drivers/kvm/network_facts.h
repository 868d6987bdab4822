/* SPDX-License-Identifier: Apache-2.0 */
/* What a network's XML says. Pure. */
#ifndef DRIVERS_KVM_NETWORK_FACTS_H
#define DRIVERS_KVM_NETWORK_FACTS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/list.h"
#include "drivers/net/subnet.h"

struct network_facts {
	bool own;      /* it bears our mark */
	bool forwards; /* it has a way out: NAT, a route, a bridge */
	bool routed;   /* other hosts get in too: behind NAT libvirt refuses their connections, with a route or not */
	bool dhcp;     /* libvirt's DHCP server serves the subnet below */
	struct subnet subnet;		    /* of the IPv4 element with DHCP, else of the first; prefix 0: none */
	uint32_t gateway;		    /* the hypervisor's address in it */
	struct list macs, names, addresses; /* reserved; lower case */
};
void network_facts_release(struct network_facts *f);
#define auto_facts __attribute__((cleanup(network_facts_release))) struct network_facts

struct err *network_facts_parse(const char *xml, struct network_facts *ret) MUST_USE;

/* The address reserved for a MAC; NULL when there is none. The caller frees. */
char *network_facts_reserved(const char *xml, const char *mac);

#endif
