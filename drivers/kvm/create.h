/* SPDX-License-Identifier: Apache-2.0 */
/* What is made on the hypervisor, powered off, and the plan before it. */
#ifndef DRIVERS_KVM_CREATE_H
#define DRIVERS_KVM_CREATE_H

#include "drivers/kvm/handle.h"

/*
 * In a session libvirt has the agent's socket below the home, whose path is easily too long for a socket: where it is
 * instead. The caller frees; NULL: leave it to libvirt.
 */
char *kvm_channel_path(const struct kvm *k);
/* The connection to the machine's hypervisor, for each member; shared, and opened where it is not yet. */
struct err *kvm_conn(const struct kvm *k, virConnectPtr *ret) MUST_USE;
struct err *kvm_create(void *self, const struct driver_image *image, const char *seed) MUST_USE;
struct err *kvm_plan(void *self) MUST_USE;
struct err *kvm_reseed(void *self, const char *seed) MUST_USE;
/* Volumes of a machine: "NAME-12345678.disk". The caller frees. */
char *kvm_volume_name(const struct kvm *k, const char *part);

#endif
