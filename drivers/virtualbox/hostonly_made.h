/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which host-only interfaces are ours: below state_dir a file for each that we made, which goes with it. What is being made
 * is written down before, so that one which a killed create left is found. Callers hold the lock of host-only interfaces.
 */
#ifndef DRIVERS_VIRTUALBOX_HOSTONLY_MADE_H
#define DRIVERS_VIRTUALBOX_HOSTONLY_MADE_H

#include "drivers/virtualbox/handle.h"

#define HOSTONLY_RESERVATIONS "hostonly"	    /* addresses of machines, see drivers/net/reserve.h */
#define HOSTONLY_NETWORK "HostInterfaceNetworking-" /* and the interface's name: the name of its DHCP server */

/* Before an interface is made, and after. */
struct err *made_begin(const struct vbox *v) MUST_USE;
struct err *made_end(const struct vbox *v, const char *name) MUST_USE;
/* One that was begun and not ended is ours, whatever it is called. */
struct err *made_recover(const struct vbox *v) MUST_USE;

bool made_any(const struct vbox *v); /* the lock is not needed */
/* An interface of ours, its DHCP server and its mark. */
struct err *made_remove(const struct vbox *v, const char *name) MUST_USE;
/* Those that no machine uses, of whatever user. One that another has removed is not ours any more. */
struct err *made_release(const struct vbox *v) MUST_USE;

#endif
