/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 networks: which overlap, which to take, which address in one. Pure. */
#ifndef DRIVERS_NET_SUBNET_H
#define DRIVERS_NET_SUBNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct subnet {
	uint32_t base; /* host byte order, host bits zero */
	int prefix;
};

bool subnet_address_parse(const char *text, uint32_t *ret); /* host byte order */
char *subnet_address_text(uint32_t address);		    /* the caller frees */

/* "10.1.2.3/24", or an address and a netmask or prefix apart, as libvirt's XML has them; NULL where it has none. */
bool subnet_parse(const char *text, struct subnet *ret);
bool subnet_make(const char *address, const char *netmask, const char *prefix, struct subnet *ret);
char *subnet_text(const struct subnet *s); /* "10.1.2.0/24"; the caller frees */

bool subnet_overlap(const struct subnet *a, const struct subnet *b);
bool subnet_has(const struct subnet *s, uint32_t address);
/* Hosts that fit in: without the network's own address and the broadcast. */
uint32_t subnet_hosts(const struct subnet *s);
uint32_t subnet_host(const struct subnet *s, uint32_t index); /* 0: the first */

/*
 * The n-th network to try for one of ours: 10.160.47.0/24 to 10.239.47.0/24, then 100.80.47.0/24 to 100.111.47.0/24 (RFC
 * 6598). Clear of what engines give to their own networks (172.17 to 172.31, 192.168). false past the last.
 */
bool subnet_candidate(unsigned n, struct subnet *ret);

/*
 * The networks of a routing table as /proc/net/route shows it. Returns how many, at most max. routed: only those that lie
 * behind a router, not those of this host's own interfaces.
 */
size_t subnet_routes(const char *table, bool routed, struct subnet *ret, size_t max);

#endif
