/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a machine begins here; core/remove.h undoes whatever create did. */
#ifndef CORE_CREATE_H
#define CORE_CREATE_H

#include <stdbool.h>

#include "core/machine.h"

struct create_request {
	const char *name;
	const struct driver *driver;
	const struct opts *opts; /* record_opts and the driver's table at least */
	const char *image;	 /* folder, NULL: look for it */
	int timeout_ms;		 /* for the boot */
	bool keep_on_failure;
	bool *existed; /* NULL: a taken name is an error; else set, and that machine is left as it is */
};

/*
 * One straight line: check, keys, record, plan, identity, make, ready, record. A failure or Ctrl-C undoes what was
 * made, in reverse order, unless keep_on_failure; the console log is then kept where the error says.
 * ERR_PRECHECK (exit status 3) before anything was touched.
 */
struct err *machine_create(const struct core *c, const struct create_request *request) MUST_USE;

#endif
