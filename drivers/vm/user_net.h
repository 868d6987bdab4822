/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's user networking as all our machines use it: the guest's view (docs/guest.md, section 3) and the option. Pure. */
#ifndef DRIVERS_VM_USER_NET_H
#define DRIVERS_VM_USER_NET_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/str.h"

#define USER_NET "10.0.2.0/24"
#define USER_NET_GATEWAY "10.0.2.2"
#define USER_NET_DNS "10.0.2.3"
#define USER_NET_ADDRESS "10.0.2.15"

/* The value of -netdev. isolated: the guest has no way out. Forwards are appended. */
void user_net_option(struct str *s, const char *id, bool isolated);
void user_net_forward(struct str *s, const char *proto, const char *address, int host_port, int guest_port);
/* Engine and SSH on the machine's own loopback address. */
void user_net_own_forwards(struct str *s, const char *address);

/* The "network" object of the seed. closed: the guest may not reach this host's loopback services. */
void user_net_seed(cJSON *network, const char *mac, bool closed);

#endif
