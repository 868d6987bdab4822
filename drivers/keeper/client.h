/* SPDX-License-Identifier: Apache-2.0 */
/* A command's side of a running keeper; request.h lists what can be asked. dir is the machine's folder. */
#ifndef DRIVERS_KEEPER_CLIENT_H
#define DRIVERS_KEEPER_CLIENT_H

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "drivers/driver.h"

/*
 * Send {"do":WORD} and take the answer. ERR_WRONG_STATE when nobody is there, ERR_TIMEOUT, ERR_FAILED with the text and hint of
 * {"ok":false}. The caller frees *ret.
 */
struct err *client_ask(const char *dir, const char *word, int timeout_ms, cJSON **ret) MUST_USE;
/* The same for a whole request. */
struct err *client_send(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret) MUST_USE;
/* The same for a request to the guest's agent ({"do":"certificates",...}), which the keeper passes on. */
struct err *client_ask_agent(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret) MUST_USE;

/*
 * Follow the boot, as driver.h's wait_ready. ERR_FAILED when the guest failed, ERR_WRONG_STATE when the machine ended,
 * ERR_TIMEOUT with the last stage, ERR_NETWORK when the keeper is not there or went without a word.
 */
struct err *client_wait_ready(const char *dir, struct deadline d,
			      void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;

#endif
