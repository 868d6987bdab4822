/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a machine itself: SSH keys, server certificate, engine settings, all in its folder and its seed. */
#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include "core/machine_handle.h"

#define IDENTITY_SSH_KEY "id_rsa" /* docker-machine's name, read by its clients; the key is Ed25519 */
#define IDENTITY_SEED "seed.iso"
#define IDENTITY_KNOWN_HOSTS "known_hosts" /* the pinned host key */

/* The keys that all machines share are there and will be for a while, or are made, with docker-machine's lines. */
struct err *identity_shared(const struct core *c) MUST_USE;

/* The client's keys in the machine's folder, to which `env` and `config` point. */
struct err *identity_client(struct machine *m) MUST_USE;

/* Make the SSH key and the certificate, for the address that the driver planned: of a machine of any kind. */
struct err *identity_make(struct machine *m) MUST_USE;
/* The same, the host's key, which is pinned in known_hosts, and the seed with all of it. *ret: its path, the caller frees. */
struct err *identity_make_seed(struct machine *m, char **ret) MUST_USE;

/* Is the machine's certificate for the address at which it is reached now? */
bool identity_fits(const struct machine *m, const struct driver_endpoint *end);
/*
 * When the first of the certificates in the machine's folder ends, copies of the shared ones too, in seconds since the
 * epoch, as the record says; false where there are none.
 */
bool identity_end(const struct machine *m, int64_t *ret);
/* Does one of them end within CERTS_RENEW_DAYS? The files themselves are asked. */
bool identity_ends_soon(const struct machine *m);
/* A new certificate for that address in the machine's folder, with the client's keys: somebody has to bring it there. */
struct err *identity_renew(struct machine *m, const struct driver_endpoint *end) MUST_USE;
/* The same, and before that for the guest, when it runs, which drops no connection by it, and for its seed. */
struct err *identity_renew_seed(struct machine *m, const struct driver_endpoint *end, bool running) MUST_USE;

/* Put the host and port at which SSH is reached now before the pinned key. Nothing to do where none is pinned. */
struct err *identity_follow_ssh(const struct machine *m, const struct driver_endpoint *end) MUST_USE;

/* Check options that would only fail in the middle of it: engine flags, SANs. Touches nothing. */
struct err *identity_check(const struct machine *m) MUST_USE;
/* Does the engine of our image have the storage driver that the options name? */
struct err *identity_check_storage(const struct machine *m) MUST_USE;

#endif
