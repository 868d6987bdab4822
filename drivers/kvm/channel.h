/* SPDX-License-Identifier: Apache-2.0 */
/* A port of a running domain, its console or a virtio channel, as a descriptor that can be polled. */
#ifndef DRIVERS_KVM_CHANNEL_H
#define DRIVERS_KVM_CHANNEL_H

#include <stdbool.h>

#include "drivers/kvm/virt.h"

struct channel;

/*
 * Open the virtio channel of that name, or the console (port NULL). Only one can have it: ERR_WRONG_STATE when somebody
 * does, unless force takes it away. ERR_WRONG_STATE too when the domain does not run.
 */
struct err *channel_open(virDomainPtr domain, const char *port, bool force, struct channel **ret) MUST_USE;
void channel_closep(struct channel **c);
#define auto_channel __attribute__((cleanup(channel_closep))) struct channel

/* A socket that ends when the domain does; what is written to it goes into the port. The caller of this takes it over. */
int channel_take_fd(struct channel *c);

#endif
