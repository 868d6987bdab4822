/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over TLS with client certificates, many at once, through libcurl's multi interface. libcurl is loaded at the
 * first call: commands that ask nobody pay nothing for it.
 */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

struct http_request {
	const char *url;	 /* https://HOST:PORT/path, or http://localhost/path with unix_socket */
	const char *unix_socket; /* NULL: TCP */
	const char *ca_file;	 /* the only CA that is trusted; may be NULL with unix_socket */
	const char *cert_file;
	const char *key_file;
	const char *method; /* NULL: POST when there is something to send, else GET */
	const char *send;   /* the body that goes out, NULL: none */
	size_t send_len;
	const char *send_type; /* NULL: application/json */
	size_t max_body;       /* 0: 1 MiB */
	/*
	 * optional: called with each part of the answer as it comes, in place of gathering it; its error ends the request and
	 * is the request's. The body of a status of 400 and above is gathered all the same. data is the one below.
	 */
	struct err *(*take)(void *data, const char *bytes, size_t len);
	void *data; /* the caller's */
	/* results, released by http_release */
	int status;	 /* 0: no answer */
	struct str body; /* start with STR_INIT */
	int64_t took_us;
	/*
	 * Why there is no answer: ERR_NETWORK ("connection refused"), ERR_TIMEOUT, ERR_AUTH when one side does not
	 * trust the other. A status such as 404 is an answer.
	 */
	struct err *err;
};

void http_release(struct http_request *r);

/*
 * Ask all of them side by side; each has at most timeout_ms from now (negative: as long as it takes, once connected). Redirects are not followed, no proxy is used.
 * Fails only when libcurl cannot be used or by an interrupt; what happened to each request is in its err.
 */
struct err *http_ask_all(struct http_request *requests, size_t n, int timeout_ms) MUST_USE;
/* One request; its err is returned. */
struct err *http_ask(struct http_request *r, int timeout_ms) MUST_USE;

/* For tests: answer instead of the network. NULL gives the real one back. */
typedef struct err *(*http_fake_fn)(struct http_request *requests, size_t n, int timeout_ms, void *data);
void http_set_fake(http_fake_fn fn, void *data);

#endif
