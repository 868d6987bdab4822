/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSH's ssh with a machine's key and its pinned host key, whatever the user's own configuration says. */
#ifndef CORE_SSH_H
#define CORE_SSH_H

#include "base/list.h"
#include "base/str.h"
#include "core/machine.h"

/* Where SSH of a machine is that runs or boots, though its boot may have failed; ERR_UNSUPPORTED where there is none. */
struct err *ssh_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/* ERR_NOT_FOUND for a user whom OpenSSH would not serve: before ssh, scp, rsync or sshfs is called. */
struct err *ssh_check_user(void) MUST_USE;
/*
 * The command line up to the host. trust_new: the host's key is not known yet, and is pinned by this connection. It is too
 * where the machine's folder has no known_hosts: docker-machine pinned nothing.
 */
void ssh_args(const struct machine *m, const struct driver_endpoint *end, bool trust_new, struct list *argv);

/* A block of ssh_config(5) that makes the machine's name a host. */
void ssh_config(const struct machine *m, const struct driver_endpoint *end, struct str *ret);

/*
 * Set a system up that takes no seed, boot2docker's: wait for its SSH until the deadline, pin its host key, and bring it name,
 * certificates and the engine's settings in one session. Nothing of it stands in a list of processes.
 */
struct err *ssh_provision(struct machine *m, struct deadline d) MUST_USE;

#endif
