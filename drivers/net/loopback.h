/* SPDX-License-Identifier: Apache-2.0 */
/* A loopback address of its own for each machine: reserved for life in state_dir, free of other listeners. */
#ifndef DRIVERS_NET_LOOPBACK_H
#define DRIVERS_NET_LOOPBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Is it 127.a.b.c with nothing before or behind? Addresses come back from a file that people edit. */
bool loopback_is(const char *text);

/* FNV-1a over both texts with a NUL between them. */
uint64_t loopback_hash(const char *a, const char *b);

/* The n-th candidate for a hash, in 127.64.0.0 to 127.127.255.255, never .0 or .255. The caller frees. */
char *loopback_candidate(uint64_t hash, unsigned n);

/*
 * Reserve an address for the machine whose folder is dir, or find the one that it has (reserve.h). silent: nobody may listen
 * there on the ports of engine and SSH; else on other ports. The caller frees *ret.
 */
struct err *loopback_reserve(const char *state_dir, const char *dir, const char *store, const char *name, bool silent,
			     char **ret) MUST_USE;
/* Free it if it is dir's; fine when it is not. address is what the record says: "" for what it does not know of yet. */
struct err *loopback_release(const char *state_dir, const char *dir, const char *address) MUST_USE;

enum loopback_bind {
	LOOPBACK_FREE,
	LOOPBACK_TAKEN,
	LOOPBACK_PRIVILEGED,
	LOOPBACK_IMPOSSIBLE
};

/*
 * Could a program of this user listen there? proto is "tcp" or "udp". after_close: connections that end on that port
 * are no obstacle, as they are none for QEMU; without it the address counts as used until they are gone.
 */
enum loopback_bind loopback_bind_test(const char *proto, const char *address, int port, bool after_close);

/* A port of the address where nobody listens now, chosen by the kernel. */
struct err *loopback_free_port(const char *address, int *ret) MUST_USE;
/* Does somebody take connections there? Waits up to timeout_ms. */
bool loopback_answers(const char *address, int port, int timeout_ms);

#endif
