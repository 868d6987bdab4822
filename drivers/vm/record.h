/* SPDX-License-Identifier: Apache-2.0 */
/* The members that the "Driver" object of every record begins with. */
#ifndef DRIVERS_VM_RECORD_H
#define DRIVERS_VM_RECORD_H

#include "drivers/driver.h"

/* docker-machine's BaseDriver, in its order. Swarm's members are core's: given a value only when there is none. */
void vm_base_record(const struct driver_env *env, const char *address, const char *ssh_user, int ssh_port, cJSON *into);

#endif
