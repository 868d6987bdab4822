/* SPDX-License-Identifier: Apache-2.0 */
/* Asking engines over mutual TLS: the one proof that a machine can be used. */
#ifndef CORE_ENGINE_CHECK_H
#define CORE_ENGINE_CHECK_H

#include "base/http.h"
#include "core/machine.h"

/*
 * Does the engine at url (tcp://HOST:PORT) answer us over mutual TLS? Blocks up to timeout_ms. Errors are
 * docker-machine's text ("There was an error validating certificates for host ...") with the reason as cause.
 */
struct err *engine_check(const struct machine *m, const char *url, int timeout_ms) MUST_USE;

/* Its version ("26.1.5"); the caller frees. */
struct err *engine_version(const struct machine *m, const char *url, int timeout_ms, char **ret) MUST_USE;

/*
 * Fill a request for path ("/version") of the engine at url, with the keys of the machine's record. *ret_url is the
 * caller's and must outlive the request, as must the machine.
 */
struct err *engine_request(const struct machine *m, const char *url, const char *path, struct http_request *r,
			   char **ret_url) MUST_USE;
/* The version in the answer to "/version", NULL when it holds none. The caller frees. */
char *engine_version_of(const struct http_request *r);

#endif
