/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that nobody promised. */
#include "drivers/kvm/network_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/uri.h"

static char *network_by_source(virDomainPtr domain, const char *mac, unsigned source)
{
	virDomainInterfacePtr *list = NULL;
	int n = virt.virDomainInterfaceAddresses(domain, &list, source, 0);
	char *found = NULL;

	for (int i = 0; i < n; i++) {
		for (unsigned k = 0; !found && k < list[i]->naddrs; k++)
			if (list[i]->hwaddr && strcasecmp(list[i]->hwaddr, mac) == 0 &&
			    list[i]->addrs[k].type == VIR_IP_ADDR_TYPE_IPV4)
				found = xstrdup(list[i]->addrs[k].addr);
		virt.virDomainInterfaceFree(list[i]);
	}
	free(list);
	return found;
}

/* "IP address  HW type  Flags  HW address  Mask  Device": libvirt's own look fails on new kernels ("wrong nlmsg len"). */
static char *network_by_arp(const char *mac)
{
	auto_free char *table = NULL;
	auto_err *e = fs_read("/proc/net/arp", 1 << 20, &table, NULL);
	auto_list lines = { 0 };

	if (e)
		return NULL;
	list_split(&lines, table, '\n', true);
	for (size_t i = 1; i < lines.n; i++) {
		char address[64], hardware[64];
		unsigned flags;

		if (sscanf(lines.items[i], "%63s %*s %x %63s", address, &flags, hardware) == 3 && flags & 2 &&
		    strcasecmp(hardware, mac) == 0)
			return xstrdup(address);
	}
	return NULL;
}

char *network_lease_address(virDomainPtr domain, const struct kvm_config *c)
{
	return network_by_source(domain, c->mac, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE);
}

char *network_neighbour_address(virDomainPtr domain, const struct kvm_config *c)
{
	char *found = network_by_source(domain, c->mac, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP);
	auto_uri u = { 0 };
	auto_err *e = kvm_uri_parse(c->uri, &u);

	return found || e || kvm_uri_is_remote(&u) ? found : network_by_arp(c->mac);
}
