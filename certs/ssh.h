/* SPDX-License-Identifier: Apache-2.0 */
/* SSH key pairs. */
#ifndef CERTS_SSH_H
#define CERTS_SSH_H

#include "base/err.h"
#include "certs/files.h"

/*
 * A new Ed25519 key pair: private key in OpenSSH's format (openssh-key-v1, no passphrase), public as one line
 * "ssh-ed25519 AAAA... comment\n". The caller frees; wipe the private one (auto_secret). ERR_USAGE for a comment of
 * several lines or above 255 bytes.
 */
struct err *certs_ssh_key(const char *comment, struct certs_ssh_slots ret) MUST_USE;

#endif
