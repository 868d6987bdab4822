/* SPDX-License-Identifier: Apache-2.0 */
/* The command line's side of a machine's control socket; supervisor_control.c lists the requests. */
#ifndef DRIVERS_QEMU_CONTROL_H
#define DRIVERS_QEMU_CONTROL_H

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "drivers/driver.h"

/*
 * Send one request ({"do":WORD}) to the supervisor of the machine whose folder is dir, and take its answer.
 * ERR_WRONG_STATE when nobody is there, ERR_TIMEOUT, ERR_FAILED with the text of {"ok":false}. The caller frees *ret.
 */
struct err *control_ask(const char *dir, const char *word, int timeout_ms, cJSON **ret) MUST_USE;
/* The same for a request to the guest's agent ({"do":"certificates",...}), passed on by the supervisor. */
struct err *control_ask_agent(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret) MUST_USE;

/* Follow the boot, as driver.h's wait_ready. */
struct err *control_wait_ready(const char *dir, struct deadline d,
			       void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;

#endif
