/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closed networks, guarded where frames leave the machine's cards: the firewall sees neither what macvlan and ipvlan
 * networks send nor frames that a container makes itself.
 */
#ifndef GUEST_INIT_GUARD_H
#define GUEST_INIT_GUARD_H

#include <linux/bpf.h>
#include <stddef.h>

#include "init/net.h"

#define GUARD_MAX 512 /* instructions */

/*
 * Pure: the program for what leaves (out) or enters a card; `map`: descriptor of a hash from {remote, local address, remote,
 * local port} to the time of the last datagram. Their number; 0 when they do not fit.
 *
 * Out: IPv4 and ARP alone. To a closed network, to 127.0.0.0/8 and to 0.0.0.0/8, which QEMU's network takes for the host
 * itself, go: parts of TCP connections that came from there, UDP to where a datagram came from, answers and errors of ICMP,
 * questions to name servers and for a lease.
 */
size_t guard_program(const struct net_config *nets, size_t count, int map, bool out, struct bpf_insn ret[GUARD_MAX]);

#endif
