/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that are given to machines of this store for life: one file for each below <state_dir>/KIND/, which names the
 * machine's folder. Safe beside other processes. A reservation whose folder is gone is free again. In a store that was moved,
 * or is called by another path, the folder of that name in it is meant.
 */
#ifndef DRIVERS_NET_RESERVE_H
#define DRIVERS_NET_RESERVE_H

#include <stdbool.h>

#include "base/err.h"
#include "drivers/net/subnet.h"

struct reserve {
	const char *state_dir, *kind;
	const char *dir; /* of the machine */
	/* The n-th address to try, which the caller frees; NULL past the last. */
	char *(*candidate)(void *data, unsigned n);
	bool (*is_usable)(void *data, const char *address); /* NULL: all are */
	void *data;
};

/* One for the machine, or the one that it has. *ret is NULL when none is free; the caller frees it. */
struct err *reserve_take(const struct reserve *r, char **ret) MUST_USE;
/* Free the one of dir; fine when there is none. */
struct err *reserve_drop(const char *state_dir, const char *kind, const char *dir) MUST_USE;
/* Has any machine an address in the network? */
struct err *reserve_is_used(const char *state_dir, const char *kind, const struct subnet *net, bool *ret) MUST_USE;

#endif
