/* SPDX-License-Identifier: Apache-2.0 */
/* How the forwarder carries a port: by ssh, or by QEMU's user networking. Each answers NULL, or what is in the way. */
#ifndef DRIVERS_KVM_FORWARDER_WAY_H
#define DRIVERS_KVM_FORWARDER_WAY_H

#include <sys/types.h>

#include "drivers/keeper/ports.h"
#include "drivers/kvm/handle.h"

/* One ssh that holds the connection and takes orders through a socket of its own. */
struct ssh_way {
	const struct kvm *kvm;
	char *dir; /* 0700, holds the socket, the same for each run of the machine; NULL: not begun */
	char *socket;
	pid_t pid; /* 0: it does not run */
};

/* Start ssh and wait until it forwards engine and SSH. Blocks up to timeout_ms. */
struct err *ssh_way_start(struct ssh_way *w, int timeout_ms) MUST_USE;
/* Has it ended? Then its pid is taken back. */
bool ssh_way_has_ended(struct ssh_way *w);
void ssh_way_end(struct ssh_way *w);
/* Remove what one that was killed has left. */
void ssh_way_clean(const struct kvm *k);
struct err *ssh_way_port(struct ssh_way *w, const struct port *p, bool add) MUST_USE;

struct err *user_way_port(virDomainPtr domain, const struct kvm_config *c, const struct port *p, bool add) MUST_USE;

#endif
