/* SPDX-License-Identifier: Apache-2.0 */
/* A loopback address of its own for each machine: reserved for life in state_dir, free of other listeners. */
#ifndef DRIVERS_QEMU_ADDRESS_H
#define DRIVERS_QEMU_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* FNV-1a over both texts with a NUL between them. */
uint64_t qemu_hash(const char *a, const char *b);

/* The n-th candidate for a hash, in 127.64.0.0 to 127.127.255.255, never .0 or .255. The caller frees. */
char *qemu_address_candidate(uint64_t hash, unsigned n);

/*
 * Reserve an address for the machine whose folder is dir, or find the one that it has. Safe beside other processes.
 * A reservation whose folder is gone is free again. The caller frees *ret.
 */
struct err *qemu_address_reserve(const char *state_dir, const char *dir, const char *store, const char *name,
				 char **ret) MUST_USE;
/* Free it if it is dir's; fine when it is not. */
struct err *qemu_address_release(const char *state_dir, const char *dir, const char *address) MUST_USE;

enum qemu_bind { QEMU_BIND_FREE, QEMU_BIND_TAKEN, QEMU_BIND_PRIVILEGED, QEMU_BIND_IMPOSSIBLE };

/*
 * Could a program of this user listen there? proto is "tcp" or "udp". after_close: connections that end on that port
 * are no obstacle, as they are none for QEMU; without it the address counts as used until they are gone.
 */
enum qemu_bind qemu_bind_test(const char *proto, const char *address, int port, bool after_close);

#endif
