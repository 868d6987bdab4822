/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's SSH: OpenSSH's words (remote/openssh.h) with the machine's key and its pinned host key. */
#ifndef CORE_SSH_H
#define CORE_SSH_H

#include "base/list.h"
#include "base/str.h"
#include "core/machine_handle.h"

/* Where SSH of a machine is that runs or boots, though its boot may have failed; ERR_UNSUPPORTED where there is none. */
struct err *ssh_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/* The command line up to the host. Where the machine's folder has no known_hosts, as docker-machine's, this pins the key. */
void ssh_args(const struct machine *m, const struct driver_endpoint *end, struct list *argv);

/* A block of ssh_config(5) that makes the machine's name a host. */
void ssh_config(const struct machine *m, const struct driver_endpoint *end, struct str *ret);

/*
 * Set a system up that takes no seed, boot2docker's: wait for its SSH until the deadline, pin its host key, and bring it name,
 * certificates and the engine's settings in one session. Nothing of it stands in a list of processes.
 */
struct err *ssh_provision(struct machine *m, struct deadline d) MUST_USE;

#endif
