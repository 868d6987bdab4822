/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the engine's unix socket. HTTP/1.0: the answer's body is what comes before the end,
 * never chunked. */
#ifndef GUEST_LIB_HTTP_H
#define GUEST_LIB_HTTP_H

#include <stddef.h>
#include <stdint.h>

/* A connected, blocking, close-on-exec stream to the socket at path; -1 with errno. */
int unix_connect(const char *path);

/* Send the request for `target` on fd. 0, or -1 with errno. */
int http_send_get(int fd, const char *target);

/*
 * Where the body of the answer in data begins, its status in *ret_status; 0 while the head is not
 * complete, -1 when this is no HTTP answer.
 */
int http_head(const char *data, size_t len, int *ret_status);

/*
 * The whole answer within `deadline` (clock_ms) and `max` bytes. Returns its status and the body
 * with a NUL behind it in *ret_body (the caller's); -1 with errno otherwise. ret_body may be NULL.
 */
int http_get(const char *path, const char *target, int64_t deadline, size_t max, char **ret_body);

/* The status of the answer to a POST without a body, within `deadline`; -1 with errno. */
int http_post(const char *path, const char *target, int64_t deadline);

#endif
