/* SPDX-License-Identifier: Apache-2.0 */
/* The members that the "Driver" object of every record begins with. */
#ifndef DRIVERS_VM_RECORD_H
#define DRIVERS_VM_RECORD_H

#include "drivers/driver.h"

/* docker-machine's BaseDriver, in its order. Swarm's members are core's: given a value only when there is none. */
void vm_base_record(const struct driver_env *env, const char *address, const char *ssh_user, int ssh_port, cJSON *into);

/*
 * A hypervisor knows a machine by its UUID, which a copy of the machine's folder has, too. Is the folder that the hypervisor
 * names another machine's than the one of dir? Not when it is gone: then dir is where it was moved.
 */
bool vm_is_other_folder(const char *named, const char *dir);

/* The address of the network card that the seed volume at path names; NULL: none is found. The caller frees. */
char *vm_seed_mac(const char *path);

#endif
