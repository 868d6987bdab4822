/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of the guest on the machine's loopback address, by rules of VirtualBox's NAT. VirtualBox starts a machine, and takes
 * a rule, without a word when the port is taken: only its log and a connection tell whether it answers.
 */
#ifndef DRIVERS_VIRTUALBOX_NAT_H
#define DRIVERS_VIRTUALBOX_NAT_H

#include "drivers/keeper/ports.h"
#include "drivers/virtualbox/handle.h"

#define NAT_ENGINE "engine"
#define NAT_SSH "ssh"
#define NAT_PUBLISHED "published-" /* then the protocol and the port */

/* A rule as VBoxManage takes it: "engine,tcp,127.80.1.2,2376,10.0.2.15,2376". Pure; the caller frees. */
char *nat_rule(const char *name, const char *proto, const char *address, int host_port, int guest_port);

/* Take other ports of the address where those of engine and SSH are taken: before the machine starts. */
struct err *nat_choose(struct vbox_config *c) MUST_USE;
/* The ports that the rules for engine and SSH have, which showvminfo tells. Pure. */
void nat_read(struct vbox_config *c, const char *info);
/* Note those ports in the handle, and take what was noted last into the configuration: a question does only the first. */
void nat_see(struct vbox *v, const char *info);
void nat_take_seen(struct vbox *v);
/* Words of modifyvm that bring the rules which showvminfo tells (NULL: there are none) to engine and SSH. Pure. */
void nat_words(const struct vbox_config *c, const char *info, struct list *ret);
/*
 * After the start: does VirtualBox answer for engine and SSH? Where it does not, another port is taken; then config has it,
 * and core puts it into the record.
 */
struct err *nat_verify(struct vbox *v) MUST_USE;

/* A published port of the running machine. */
struct err *nat_publish(const struct vbox *v, const struct port *p, bool add) MUST_USE;
/* The ports of published rules that showvminfo tells, for a process that was not there when they were made. Pure. */
void nat_adopt(const char *info, const char *address, struct ports *ret);

#endif
