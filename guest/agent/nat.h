/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports, from the kernel's table of address translation: they stand there before their container runs. */
#ifndef GUEST_AGENT_NAT_H
#define GUEST_AGENT_NAT_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/ports.h"

/*
 * Pure: the destination ports that rules of chain `chain` translate, in `entries`, as IPT_SO_GET_ENTRIES gives them.
 * Appended to ret, unsorted. False when entries are not whole.
 */
bool nat_parse(const unsigned char *entries, size_t size, const char *chain, struct ports *ret);

/* Those of the engine's chain now, added to ret, sorted, each once. Nothing where there is no such table. */
void nat_add(struct ports *ret);

#endif
