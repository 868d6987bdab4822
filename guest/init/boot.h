/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which a guest comes up, and what the agent may ask of it. */
#ifndef GUEST_INIT_BOOT_H
#define GUEST_INIT_BOOT_H

#include "init/disk.h"

/* Everything behind the root, in a thread of its own. Call once, in the loop. */
void boot_begin(const struct disks *d);

/* A service printed this. The loop's. */
void boot_line(int id, const char *line);

/* A word from the agent: identity, certificates, poweroff, reboot. The loop's. */
void boot_word(const char *word);

/* boot2docker's profile may name other certificates now: the gate takes them. The loop's. */
void boot_take_profile(void);

#endif
