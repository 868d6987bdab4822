/* SPDX-License-Identifier: Apache-2.0 */
/* What is held of one machine while a command works with it: below all that asks its driver or changes its record. */
#ifndef CORE_MACHINE_HANDLE_H
#define CORE_MACHINE_HANDLE_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "core/core.h"
#include "drivers/driver.h"

#define MACHINE_STOP_MS 90000	/* the guest gives containers time to end */
#define MACHINE_READY_MS 300000 /* default of --timeout: TCG on a busy host is slow */
#define MACHINE_CHECK_MS 20000	/* one question to an engine, as docker-machine */

struct provisioner;

struct machine {
	const struct core *core;
	char *name;
	char *dir;
	cJSON *record;
	bool old;			       /* the file is of an older version; the record is not */
	const struct driver *driver;	       /* NULL: there is none of the record's name */
	void *self;			       /* the driver's handle */
	const struct provisioner *provisioner; /* how it becomes a Docker host; of one that is open or new never NULL */
	struct driver_env env;
};

#endif
