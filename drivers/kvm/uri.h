/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt's connection URIs (libvirt.org/uri.html), as far as the driver has to understand them. Pure. */
#ifndef DRIVERS_KVM_URI_H
#define DRIVERS_KVM_URI_H

#include <stdbool.h>

#include "base/err.h"
#include "base/list.h"

#define KVM_URI_SYSTEM "qemu:///system"
#define KVM_JUMP_NONE "none" /* the guest's network is routed here, whatever it looks like */
#define KVM_URI_SESSION "qemu:///session"

struct kvm_uri {
	char *transport;   /* "" (a local socket), unix, ssh, libssh, libssh2, tls, tcp */
	char *user, *host; /* "" where not given; no host: this one */
	int port;	   /* 0: not given */
	bool session;
	char *keyfile, *known_hosts, *command; /* parameters; "" where not given */
};
void kvm_uri_release(struct kvm_uri *u);
#define auto_uri __attribute__((cleanup(kvm_uri_release))) struct kvm_uri

/*
 * ERR_USAGE for what is no URI of a QEMU hypervisor, for one that switches off the check of keys (no_verify), and for a
 * session on another host. "test:" URIs (libvirt's test driver) pass.
 */
struct err *kvm_uri_parse(const char *text, struct kvm_uri *ret) MUST_USE;

bool kvm_uri_is_remote(const struct kvm_uri *u);
bool kvm_uri_is_ssh(const struct kvm_uri *u);

/*
 * The command that runs something on the hypervisor's host: ssh with the keys that the URI names and never a question.
 * jump: "[USER@]HOST[:PORT]" to use in place of the URI's own host, "" for none. What to run, or options, is appended by
 * the caller, then kvm_ssh_host.
 */
void kvm_ssh_args(const struct kvm_uri *u, const char *jump, struct list *ret);
/* The destination for that command; the caller frees. */
char *kvm_ssh_host(const struct kvm_uri *u, const char *jump);

/* "[USER@]HOST[:PORT]" without anything that ssh could take for an option. ERR_USAGE. */
struct err *kvm_jump_check(const char *text) MUST_USE;

#endif
