/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of Docker's API (docs.docker.com/reference/api/engine): requests and answers in JSON, over mutual TLS or a unix
 * socket. Nothing stays open between two calls. Each call blocks up to its deadline and ends early by an interrupt.
 */
#ifndef ENGINE_CLIENT_H
#define ENGINE_CLIENT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/http.h"
#include "engine/keys.h"
#include "engine/stream.h"
#include "engine/url.h"

/* Released by engine_close. */
struct engine {
	struct engine_url url;
	struct engine_keys keys;
	char *api; /* the version that is spoken, "1.45"; NULL: not agreed on (engine/version.h), then the engine's newest */
	char *asked; /* what the last request borrows */
};
void engine_close(struct engine *e);
#define auto_engine __attribute__((cleanup(engine_close))) struct engine

/* Takes the keys in any case. Asks nothing. ERR_FAILED for what is no URL of an engine. */
struct err *engine_open(const char *url, struct engine_keys keys, struct engine *ret) MUST_USE;

/*
 * Fill a request for a path without a version ("/version", "/_ping"), for callers that ask many engines at once. It borrows
 * from e until the next call or the end of e.
 */
void engine_fill(struct engine *e, const char *path, struct http_request *r);

struct engine_call {
	const char *method; /* NULL: POST when there is something to send, else GET */
	const char *path;   /* "/containers/json?all=1"; the version is put before it */
	const cJSON *send;  /* the body, borrowed, NULL: none */
	int timeout_ms;	    /* negative: as long as it takes, once connected */
	size_t max_body;    /* 0: 1 MiB */
	/*
	 * optional: each value of an answer that is a stream of JSON, a line each, as it comes. Its error ends the call and is the
	 * call's. A line that tells of a failure (docker pull) ends it by itself.
	 */
	engine_stream_fn each;
	void *data;
	/* results, released by engine_call_release */
	int status;
	cJSON *answer; /* NULL: none, or not JSON */
};
void engine_call_release(struct engine_call *c);
#define auto_engine_call __attribute__((cleanup(engine_call_release))) struct engine_call

/*
 * ERR_NETWORK, ERR_TIMEOUT and ERR_AUTH as base/http.h has them. A status of 400 and above is an error with the engine's
 * words: ERR_NOT_FOUND for 404, ERR_WRONG_STATE for 409, ERR_AUTH for 401 and 403, else ERR_FAILED; c->status tells.
 */
struct err *engine_call(struct engine *e, struct engine_call *c) MUST_USE;

/* A call without anything that goes out; *ret is the caller's. ERR_FAILED when the answer is no JSON. */
struct err *engine_get(struct engine *e, const char *path, int timeout_ms, cJSON **ret) MUST_USE;
/* One with a body (NULL: none); ret NULL: the answer is dropped, and may be empty. */
struct err *engine_post(struct engine *e, const char *path, const cJSON *send, int timeout_ms, cJSON **ret) MUST_USE;

#endif
