/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: TLS on one side, a unix socket on the other, bytes both ways. */
#ifndef GUEST_GATE_RELAY_H
#define GUEST_GATE_RELAY_H

#include <openssl/ssl.h>
#include <stdint.h>

/*
 * The handshake, with a deadline. NULL, or why not. `ssl` has a descriptor that does not block.
 */
const char *relay_handshake(SSL *ssl, int64_t deadline);

/*
 * Pass bytes until both sides have ended, or one is gone. An end in one direction is passed on and
 * leaves the other open: close_notify becomes shutdown(SHUT_WR) and the reverse. Neither descriptor
 * blocks.
 */
void relay_run(SSL *ssl, int client, int engine);

#endif
