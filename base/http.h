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
	const char *url;		/* https://HOST:PORT/path, or http://localhost/path with unix_socket */
	const char *unix_socket;	/* NULL: TCP */
	const char *ca_file;		/* the only CA that is trusted */
	const char *cert_file;
	const char *key_file;
	size_t max_body;		/* 0: 1 MiB */
	void *data;			/* the caller's */
	/* results, released by http_release */
	int status;			/* 0: no answer */
	struct str body;
	int64_t took_us;
	struct err *err;		/* why there is no answer; ERR_AUTH for TLS, ERR_TIMEOUT, ERR_NETWORK */
};

void http_release(struct http_request *r);

/*
 * Ask all of them side by side; each has at most timeout_ms from now. Redirects are not followed, no proxy is used.
 * Fails only when libcurl cannot be used; what happened to each request is in its err.
 */
struct err *http_get_all(struct http_request *requests, size_t n, int timeout_ms) MUST_USE;
/* One request; its err is returned. */
struct err *http_get(struct http_request *r, int timeout_ms) MUST_USE;

#endif
