/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host-only network of a machine: an interface of VirtualBox's with the wished address, found or made. Interfaces and
 * DHCP servers that were there before are used as they are. One that we made goes with the last machine of this user on it.
 */
#ifndef DRIVERS_VIRTUALBOX_HOSTONLY_NET_H
#define DRIVERS_VIRTUALBOX_HOSTONLY_NET_H

#include "drivers/virtualbox/handle.h"

/* May VirtualBox have such a network, and is the range free? ERR_PRECHECK. */
struct err *hostonly_check(const struct vbox *v) MUST_USE;
/* An address on it for life; into config. */
struct err *hostonly_reserve(struct vbox *v) MUST_USE;
/* The interface's name; made when missing. The caller frees. */
struct err *hostonly_prepare(const struct vbox *v, char **ret) MUST_USE;
/* Once the machine is gone, whatever its network was: interfaces of ours that nobody uses any more go, too. */
struct err *hostonly_release(const struct vbox *v) MUST_USE;

#endif
