/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the ssh that leads to a machine, and the folder of its socket. */
#ifndef DRIVERS_KVM_KEEP_SSH_WORDS_H
#define DRIVERS_KVM_KEEP_SSH_WORDS_H

#include "base/list.h"
#include "drivers/kvm/handle.h"

/* Make the socket's folder, 0700, the same for each run of the machine. The caller frees. */
struct err *ssh_words_dir(const struct kvm *k, char **ret) MUST_USE;
/* Remove folder and socket, which one that was killed has left. */
void ssh_words_clean(const struct kvm *k);

/* The words before all others, and the one that names the host. */
struct err *ssh_words(const struct kvm *k, const char *socket, struct list *ret) MUST_USE;
struct err *ssh_words_host(const struct kvm *k, struct list *ret) MUST_USE;
/* What -L takes: a port of the machine's address here, and of the guest there. The caller frees. */
char *ssh_words_forward(const struct kvm *k, int here, int there);
/* All words of the one that holds the connection, and forwards engine and SSH. */
struct err *ssh_words_master(const struct kvm *k, const char *socket, struct list *argv) MUST_USE;

#endif
