/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's command line of our guest. Pure. */
#ifndef DRIVERS_VM_CMDLINE_H
#define DRIVERS_VM_CMDLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The words of the image, and those that an emulated guest needs. tsc_khz: of the host's counter, 0: unknown. */
void vm_cmdline(struct str *s, const char *image_words, bool emulated, int64_t tsc_khz);

#endif
