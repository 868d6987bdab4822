/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's programs, put where frames pass. */
#ifndef GUEST_INIT_GUARD_APPLY_H
#define GUEST_INIT_GUARD_APPLY_H

#include <stddef.h>

#include "init/net.h"

/* Put the guard on all cards, in place of what an earlier call put there; nobody in the guest may then go round it. NULL, or what
 * failed. Does nothing where no network is closed or ever was. */
const char *guard_apply(const struct net_config *nets, size_t count);

#endif
