/* SPDX-License-Identifier: Apache-2.0 */
/* The command's side of the process that stays with a running machine (keep.h): starting it, ending it, its way. */
#ifndef DRIVERS_KVM_KEPT_H
#define DRIVERS_KVM_KEPT_H

#include "drivers/kvm/handle.h"

/* Start it unless it runs. It ends by itself when the domain has. */
struct err *kept_start(const struct kvm *k) MUST_USE;
/* The same; returns when engine and SSH are forwarded, where that is the way to the machine (KVM_REACH_JUMP). */
struct err *kept_reach(const struct kvm *k) MUST_USE;
/* It ends by itself when the domain has; this waits, and ends it when it does not. Fine when it does not run. */
struct err *kept_end(const struct kvm *k) MUST_USE;

/* Why it does not reach the guest's agent, with a hint, as an error; NULL when it does or nothing is known. */
struct err *kept_trouble(const struct kvm *k) MUST_USE;
/* The address that the guest's agent told it, "" when none. The caller frees; NULL: it does not run. */
char *kept_address(const struct kvm *k);

#endif
