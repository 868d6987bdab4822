/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's entry of the keeper (drivers/keeper/keeper.h): the process that owns a QEMU process for its whole life.
 *
 * keep.c           what is made of what the parts below hear
 * keep_child.c     QEMU as a child        keep_qmp.c       QEMU's own line
 * keep_console.c   the console's log      keep_hostfwd.c   ports, carried by QEMU's user network
 */
#ifndef DRIVERS_QEMU_KEEP_H
#define DRIVERS_QEMU_KEEP_H

#define KEEP_START_MS 60000 /* from exec to QMP's greeting, on a busy host */

int keep_main(void);

#endif
