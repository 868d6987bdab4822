/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's part of a record, and its options. */
#ifndef DRIVERS_KVM_RECORD_H
#define DRIVERS_KVM_RECORD_H

#include "drivers/kvm/handle.h"

/* Both check what can be checked without asking a hypervisor; ERR_USAGE names the option or member. */
struct err *kvm_config_from_opts(const struct opts *opts, struct kvm_config *ret) MUST_USE;
struct err *kvm_config_from_record(const cJSON *driver, struct kvm_config *ret) MUST_USE;
void kvm_config_save(const struct kvm_config *c, const struct driver_env *env, cJSON *into);

#endif
