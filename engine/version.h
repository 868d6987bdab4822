/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine is, and which version of its API is spoken. */
#ifndef ENGINE_VERSION_H
#define ENGINE_VERSION_H

#include "engine/client.h"

#define ENGINE_API_NEWEST "1.45" /* what the calls of this program were written for */

/* The engine's own version ("26.1.5"); the caller frees. Any status but 200 is an error. */
struct err *engine_version(struct engine *e, int timeout_ms, char **ret) MUST_USE;
/* The same out of the answer to "/version", NULL when it holds none. The caller frees. */
char *engine_version_of(const struct http_request *r);

/*
 * Agree on the newest version of the API that both sides know: every later call of e speaks it. ERR_UNSUPPORTED when the
 * engine takes only newer ones than ours.
 */
struct err *engine_agree(struct engine *e, int timeout_ms) MUST_USE;

/* Below, equal to or above 0, as a is older than, the same as or newer than b; part by part, so 1.9 is older than 1.10. */
int engine_api_compare(const char *a, const char *b);

#endif
