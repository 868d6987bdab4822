/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's network: what machine.json says, and making it so. IPv4, as the drivers' networks
 * are. */
#ifndef GUEST_INIT_NET_H
#define GUEST_INIT_NET_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/json.h"

#define NET_DNS 4
#define NET_SEARCH 512 /* bytes */
#define NET_CLOSED 16
#define NET_SEARCH_FILE "/run/machine/search"
#define NET_MAX 4 /* networks of a machine */
#define NET_CARDS 1024
#define NET_DRIVERS "/drivers/net/"

struct net_range {
	struct in_addr address;
	unsigned prefix;
};

struct net_config {
	bool dhcp;
	char mac[18]; /* lower case; "": the first Ethernet interface */
	struct net_range address;
	struct in_addr gateway; /* 0.0.0.0: none */
	struct in_addr dns[NET_DNS];
	size_t dns_count;
	char search[NET_SEARCH]; /* names of domains, a blank between them */
	struct net_range closed[NET_CLOSED];
	size_t closed_count;
};

/* Pure: "10.0.2.15/24"; without a prefix 32 is meant. */
bool net_range_parse(const char *text, struct net_range *ret);

/* Pure: one network of machine.json. NULL, or what is wrong with it. */
const char *net_parse(const cJSON *network, struct net_config *ret);

/*
 * Pure: members "network" and "networks" of machine.json, in that order. The further ones have an
 * address each, never a gateway or name servers. NULL, or what is wrong.
 */
const char *net_parse_all(const cJSON *machine, struct net_config ret[NET_MAX], size_t *ret_count);

/* Pure: may it stand in a search list: letters, digits, "-", "_", and dots between them? */
bool net_domain_ok(const char *name);

/* Pure: resolv.conf for it. False when buf is too small. */
bool net_resolv(const struct net_config *c, char *buf, size_t size);

/* The Ethernet interface with that address; "" takes the first. */
bool net_find(const char *mac, char name[IFNAMSIZ]);

/* Names of all Ethernet interfaces with hardware; their number. */
size_t net_list(char names[][IFNAMSIZ], size_t max);

/* lo, so that the guest can reach itself before it has an identity. */
void net_loopback(void);

/* Up, and with its address and route when it is static; without IPv6 when any network of the machine
 * is closed. NULL, or what failed. */
const char *net_apply(const struct net_config *c, const char *name, bool closed);

bool net_up(const char *name);

/* Nothing goes through it any more. */
bool net_down(const char *name);

#endif
