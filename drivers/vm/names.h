/* SPDX-License-Identifier: Apache-2.0 */
/* What the drivers that boot our image have in common: ports, and names of files. */
#ifndef DRIVERS_VM_NAMES_H
#define DRIVERS_VM_NAMES_H

#define VM_ENGINE_PORT 2376
#define VM_SSH_PORT 22
#define VM_LOOPBACK_SSH_PORT 2222 /* on a loopback address of the machine's own; 22 would need a privilege */
#define VM_SSH_USER "docker"

/* In the machine's folder. */
#define VM_FILE_SSH_KEY "id_rsa" /* docker-machine's name; written by core */
#define VM_FILE_SEED "seed.iso"
#define VM_FILE_CONSOLE "console.log"

#endif
