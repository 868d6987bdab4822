/* SPDX-License-Identifier: Apache-2.0 */
/* What this host has for VirtualBox, and who else wants it. */
#ifndef DRIVERS_VIRTUALBOX_HOST_H
#define DRIVERS_VIRTUALBOX_HOST_H

#include <stdbool.h>

#include "base/err.h"

/* Pure, of /proc/cpuinfo's text: ERR_PRECHECK when the processor has no VT-x or AMD-V that we may use. */
struct err *host_check_processor(const char *cpuinfo) MUST_USE;
/* Is that kernel module installed for that kernel? */
bool host_has_module(const char *release, const char *module);
/*
 * The module of KVM's that holds the processor: a machine of its runs, or it holds it from its load on (upstream's default
 * since Linux 6.12). NULL: none.
 */
const char *host_kvm_holder(void);

#endif
