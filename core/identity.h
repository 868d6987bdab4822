/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a machine itself: SSH keys, server certificate, engine settings, all in its folder and its seed. */
#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include "core/machine.h"

#define IDENTITY_SSH_KEY "id_rsa"	/* docker-machine's name, read by its clients; the key is Ed25519 */
#define IDENTITY_SEED "seed.iso"

/* The client's keys in the machine's folder, to which `env` and `config` point. */
struct err *identity_client(struct machine *m) MUST_USE;

/* Make keys, certificate and the seed volume, for the address that the driver planned. Pins the host key in known_hosts. */
struct err *identity_make(struct machine *m) MUST_USE;

/* Check options that would only fail in the middle of it: engine flags, SANs. Touches nothing. */
struct err *identity_check(const struct machine *m) MUST_USE;

#endif
