/* SPDX-License-Identifier: Apache-2.0 */
/* Asking engines over mutual TLS: the one proof that a machine can be used. */
#ifndef CORE_ENGINE_CHECK_H
#define CORE_ENGINE_CHECK_H

#include "core/machine_handle.h"
#include "engine/client.h"

/*
 * Does the engine at url (tcp://HOST:PORT) answer us over mutual TLS? Blocks up to timeout_ms. Errors are
 * docker-machine's text ("There was an error validating certificates for host ...") with the reason as cause.
 */
struct err *engine_check(const struct machine *m, const char *url, int timeout_ms) MUST_USE;

/* Its version ("26.1.5"); the caller frees. */
struct err *engine_check_version(const struct machine *m, const char *url, int timeout_ms, char **ret) MUST_USE;

/*
 * A client of the engine at url (engine/client.h), with the client's keys in the machine's folder, else those of its record;
 * nothing is asked yet.
 */
struct err *engine_check_open(const struct machine *m, const char *url, struct engine *ret) MUST_USE;

#endif
