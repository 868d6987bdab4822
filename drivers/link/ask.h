/* SPDX-License-Identifier: Apache-2.0 */
/* A command's side of the socket of a process that belongs to a machine: a JSON object for a request, one for its answer. */
#ifndef DRIVERS_LINK_ASK_H
#define DRIVERS_LINK_ASK_H

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/err.h"
#include "drivers/link/chan.h"

/* ERR_WRONG_STATE "Host is not running" when nobody is there. */
struct err *ask_connect(const char *path, struct chan *ret) MUST_USE;
/* The next object; NULL in *ret at the end of the stream. ERR_TIMEOUT. The caller frees *ret. */
struct err *ask_next(struct chan *c, struct deadline d, cJSON **ret) MUST_USE;
/* One request and its answer. ERR_FAILED with the text of {"ok":false,"error":...}. The caller frees *ret. */
struct err *ask(const char *path, const cJSON *request, int timeout_ms, cJSON **ret) MUST_USE;
/* The same for a request to the guest's agent ({"do":"certificates",...}), which that process passes on. */
struct err *ask_agent(const char *path, const cJSON *request, int timeout_ms, cJSON **ret) MUST_USE;

#endif
