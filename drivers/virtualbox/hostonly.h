/* SPDX-License-Identifier: Apache-2.0 */
/* Host-only networks: addresses, and what VirtualBox lets users give to an interface. Pure. */
#ifndef DRIVERS_VIRTUALBOX_HOSTONLY_H
#define DRIVERS_VIRTUALBOX_HOSTONLY_H

#include <stdbool.h>

#include "base/err.h"
#include "drivers/net/subnet.h"

#define HOSTONLY_RULES "/etc/vbox/networks.conf"

struct hostonly {
	uint32_t host; /* this host's address on it */
	struct subnet net;
};

/* "192.168.56.1/24". ERR_USAGE, also for a network's address or one without room for machines. */
struct err *hostonly_parse(const char *cidr, struct hostonly *ret) MUST_USE;
char *hostonly_netmask(const struct hostonly *h); /* "255.255.255.0"; the caller frees */

/*
 * May the interface have that address? rules: the text of HOSTONLY_RULES, NULL when there is none: then 192.168.56.0/21.
 * Its ranges take the place of that one; lines that VirtualBox does not understand are passed over.
 */
bool hostonly_is_allowed(const char *rules, uint32_t address);

/*
 * The n-th address for a machine, from the start-th host on and round: neither the host's nor in [lower, upper] (0, 0: no
 * such range). false past the last.
 */
bool hostonly_candidate(const struct hostonly *h, uint32_t start, unsigned n, uint32_t lower, uint32_t upper,
			uint32_t *ret);

/* For a DHCP server of a network that we made, as docker-machine's: the upper part of the addresses. */
void hostonly_dhcp_range(const struct hostonly *h, uint32_t *ret_server, uint32_t *ret_lower, uint32_t *ret_upper);

#endif
