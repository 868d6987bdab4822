/* SPDX-License-Identifier: Apache-2.0 */
/* Where a machine answers, and the agent's certificates. */
#ifndef DRIVERS_KVM_REACH_H
#define DRIVERS_KVM_REACH_H

#include "drivers/kvm/handle.h"

struct err *kvm_certificates(void *self, const cJSON *files) MUST_USE;
struct err *kvm_endpoint(void *self, struct driver_endpoint *ret) MUST_USE;
/* Find the address of a running machine that nobody promised one; config's stay when it is not found. */
struct err *kvm_learn_address(struct kvm *k, virDomainPtr domain) MUST_USE;
struct err *kvm_ports(void *self, struct driver_port **ret, size_t *ret_n) MUST_USE;
struct err *kvm_reach(void *self) MUST_USE;

#endif
