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

/* What a request borrows. */
struct engine_ask {
	char *url;	       /* of HTTP */
	char *ca, *cert, *key; /* the client's files for this machine */
};
void engine_ask_release(struct engine_ask *a);
#define auto_ask __attribute__((cleanup(engine_ask_release))) struct engine_ask

/*
 * Fill a request for path ("/version") of the engine at url, with the client's keys in the machine's folder, else those of
 * its record. *own must outlive the request; release it in any case.
 */
struct err *engine_request(const struct machine *m, const char *url, const char *path, struct http_request *r,
			   struct engine_ask *own) MUST_USE;
/* The version in the answer to "/version", NULL when it holds none. The caller frees. */
char *engine_version_of(const struct http_request *r);

#endif
