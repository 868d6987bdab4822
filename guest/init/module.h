/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel modules, loaded without a program. */
#ifndef GUEST_INIT_MODULE_H
#define GUEST_INIT_MODULE_H

#include <stdbool.h>
#include <stddef.h>

/* The modules of folder `dir` in the order of its file `order`, one name a line. Missing ones are
 * said, not fatal. */
void module_order(const char *dir);

/* Begin to load /usr/lib/machine/modules.levels: one level a line, its modules side by side. Before
 * them, the drivers of what is there and whose path holds `hardware`, unless that is NULL. */
void module_levels_begin(const char *hardware);

/* Blocks until they are loaded. */
void module_levels_wait(void);

/* One module and what it needs, found by /lib/modules/VERSION/modules.dep. True when it is there
 * now. */
bool module_need(const char *name);

/* The drivers of devices that are there, of those whose path holds `part`: "/drivers/net/". */
void module_hardware(const char *part);

/*
 * Pure: from modules.alias text, a driver for the device with that modalias. *text moves behind it,
 * for the next one. False when there is none (any more).
 */
bool module_for(const char **text, const char *device, char ret_name[64]);

/* Pure: is `path` (".../nf-nat.ko") the module called `name` ("nf_nat")? */
bool module_is(const char *path, const char *name);

/* Pure: from modules.dep text, the line of `name`: path and needs, between blanks; NULL when there
 * is none. */
const char *module_line(const char *dep, const char *name, size_t *ret_len);

#endif
