/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's entry of the keeper (drivers/keeper/keeper.h): `machine __driver kvm keep NAME`. It holds the agent's channel,
 * which libvirt gives to one at a time, and the console while the guest boots. Where the machine has no reachable address of its
 * own, it makes it answer on its loopback address: through ssh to the hypervisor's host (KVM_REACH_JUMP) engine, SSH and published
 * ports; in a session (KVM_REACH_USER), where QEMU itself forwards the first two, the published ones. It ends with the domain,
 * and lives on when libvirtd is restarted.
 *
 * keep_line.c   the way to the domain      keep_ssh.c    the way to the guest through ssh (keep_ssh_words.c: ssh's words)
 * keep_user.c   QEMU's user networking     kept.c        the command's side
 */
#ifndef DRIVERS_KVM_KEEP_H
#define DRIVERS_KVM_KEEP_H

int keep_kvm_main(void);

#endif
