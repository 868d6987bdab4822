/* SPDX-License-Identifier: Apache-2.0 */
/* From the initrd into the root, without an exec. */
#ifndef GUEST_INIT_ROOT_H
#define GUEST_INIT_ROOT_H

#include "init/disk.h"

/* /dev, /proc, /sys, /run; the console. */
void root_early(void);

/* Mount the read-only root and its overlay and move into it. NULL, or what failed. */
const char *root_enter(struct disks *d);

/* What only programs need: /dev/pts, /dev/shm, control groups, links. */
void root_settle(void);

#endif
