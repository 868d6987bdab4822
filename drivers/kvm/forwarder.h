/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that makes a machine without a reachable address of its own answer on its loopback address, while it runs:
 * `machine __driver kvm forward NAME`. Through ssh to the hypervisor's host (KVM_REACH_JUMP) it forwards engine, SSH and
 * published ports; in a session (KVM_REACH_USER), where QEMU itself forwards the first two, the published ones. It hears
 * of these from the guest's agent, ends with the domain, and lives on when libvirtd is restarted.
 */
#ifndef DRIVERS_KVM_FORWARDER_H
#define DRIVERS_KVM_FORWARDER_H

#include "drivers/kvm/handle.h"

/* Start it unless it runs; returns when engine and SSH are forwarded. Nothing to do for KVM_REACH_DIRECT. */
struct err *forwarder_start(const struct kvm *k) MUST_USE;
/* It ends by itself when the domain has; this waits, and ends it when it does not. Fine when it does not run. */
struct err *forwarder_end(const struct kvm *k) MUST_USE;
/* What it made of the published ports: its own list of ports_json(). The caller frees. */
struct err *forwarder_ports(const struct kvm *k, cJSON **ret) MUST_USE;

int forwarder_main(int argc, char *const *argv);

#endif
