/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's user networking as all our machines use it: the guest's view (docs/guest.md, section 3) and the option. */
#ifndef DRIVERS_NET_USER_NET_H
#define DRIVERS_NET_USER_NET_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/str.h"
#include "drivers/net/resolver.h"
#include "drivers/net/subnet.h"

/* Where nothing else is said, and what VirtualBox's NAT has too. */
#define USER_NET "10.0.2.0/24"
#define USER_NET_ADDRESS "10.0.2.15"

/* The addresses of one such network, as texts. */
struct user_net {
	char net[20], gateway[16], dns[16], address[20];
	int prefix;
};

/* From "10.0.2.0/24"; "" is USER_NET. ERR_USAGE for what is none, or too small. Pure. */
struct err *user_net_parse(const char *subnet, struct user_net *ret) MUST_USE;
/* The same for a text that was checked before. */
struct user_net user_net_of(const char *subnet);
/*
 * USER_NET, unless this host has a route into it or a name server there, which a machine could not reach then: else the first
 * of subnet_candidate that is clear of them. The caller frees.
 */
char *user_net_choose(void);
/* Does this host have a network of its own, a route or a name server inside it, so that the machine cannot reach that? */
bool user_net_is_taken(const char *subnet);

/* The value of -netdev. isolated: the guest has no way out. Forwards are appended. */
void user_net_option(struct str *s, const char *id, bool isolated, const struct user_net *u);
void user_net_forward(struct str *s, const char *proto, const char *address, int host_port, const struct user_net *u,
		      int guest_port);
/* Engine and SSH on the machine's own loopback address. */
void user_net_own_forwards(struct str *s, const char *address, const struct user_net *u);

/*
 * The "network" object of the seed. closed: the guest may not reach this host's loopback services. host: this host's resolver
 * (NULL: not looked at): QEMU passes questions on to its first server alone, so further ones that a guest can reach follow.
 */
void user_net_seed(cJSON *network, const char *mac, bool closed, const struct user_net *u, const struct resolver *host);

#endif
