/* SPDX-License-Identifier: Apache-2.0 */
/* This host's resolver configuration as a guest can use it. Pure, but for resolver_host. */
#ifndef DRIVERS_NET_RESOLVER_H
#define DRIVERS_NET_RESOLVER_H

#include "base/list.h"

struct resolver {
	struct list servers; /* IPv4 addresses in their order, loopback ones too */
	struct list search;  /* domains that names are looked up in, at most RESOLVER_SEARCH */
};

#define RESOLVER_SEARCH 6
#define RESOLVER_SERVERS 3 /* more are asked by no resolver */

void resolver_release(struct resolver *r);
#define auto_resolver __attribute__((cleanup(resolver_release))) struct resolver

/* As resolv.conf(5): the last of "search" and "domain" counts. What is no address or no domain name is passed over. */
void resolver_parse(const char *text, struct resolver *ret);
/* Of /etc/resolv.conf; empty where there is none. */
void resolver_host(struct resolver *ret);

#endif
