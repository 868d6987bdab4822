/* SPDX-License-Identifier: Apache-2.0 */
/* Where an engine is, as DOCKER_HOST names it. Pure. */
#ifndef ENGINE_URL_H
#define ENGINE_URL_H

#include "base/err.h"

/* Released by engine_url_release. */
struct engine_url {
	char *base;	   /* of HTTP: "https://127.0.0.1:2376" or "http://localhost" */
	char *unix_socket; /* NULL: TCP with TLS */
};
void engine_url_release(struct engine_url *u);
#define auto_engine_url __attribute__((cleanup(engine_url_release))) struct engine_url

/* "tcp://HOST:PORT", which always means TLS here, or "unix:///PATH". ERR_FAILED for all else. */
struct err *engine_url_parse(const char *text, struct engine_url *ret) MUST_USE;

#endif
