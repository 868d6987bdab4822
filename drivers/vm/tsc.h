/* SPDX-License-Identifier: Apache-2.0 */
/* The rate of this host's time stamp counter, which an emulated guest sees unchanged. */
#ifndef DRIVERS_VM_TSC_H
#define DRIVERS_VM_TSC_H

#include <stdint.h>

/* In kHz, measured for 20 ms; 0 where there is no such counter or it gives no sense. */
int64_t tsc_khz(void);

#endif
