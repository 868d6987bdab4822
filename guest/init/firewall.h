/* SPDX-License-Identifier: Apache-2.0 */
/* Networks that the guest and its containers may not open connections to. */
#ifndef GUEST_INIT_FIREWALL_H
#define GUEST_INIT_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>

#include "init/net.h"

/*
 * Pure: input for `iptables-restore --noflush`. `first`: the jumps to our chain are to be made too.
 * `reject`: refuse with an answer, else silently. False when buf is too small.
 */
bool firewall_rules(const struct net_config *nets, size_t count, bool first, bool reject, char *buf, size_t size);

/* Put the rules for all networks in place, in one program run. NULL, or what failed. */
const char *firewall_apply(const struct net_config *nets, size_t count);

#endif
