/* SPDX-License-Identifier: Apache-2.0 */
/* Whether machines can be made here; nothing is changed. */
#ifndef DRIVERS_KVM_PRECHECK_H
#define DRIVERS_KVM_PRECHECK_H

#include "drivers/kvm/handle.h"

struct err *kvm_precheck(void *self) MUST_USE;

#endif
