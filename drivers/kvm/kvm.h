/* SPDX-License-Identifier: Apache-2.0 */
/* Machines as domains of libvirt, on this host and on others. */
#ifndef DRIVERS_KVM_KVM_H
#define DRIVERS_KVM_KVM_H

#include "drivers/driver.h"

extern const struct driver_ops driver_kvm;

#endif
