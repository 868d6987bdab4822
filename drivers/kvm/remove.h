/* SPDX-License-Identifier: Apache-2.0 */
/* Undo what create made, from any state. */
#ifndef DRIVERS_KVM_REMOVE_H
#define DRIVERS_KVM_REMOVE_H

#include "drivers/kvm/handle.h"

struct err *kvm_remove(void *self) MUST_USE;

#endif
