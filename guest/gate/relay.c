/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/relay.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"

/* Large, since gate and engine take turns on one processor: the fewer turns, the better. */
#define RELAY_BUFFER (256 * 1024)
#define RELAY_LINGER_MS 2000

/* One direction. */
struct flow {
	char *buf;
	size_t from, to; /* what is not written yet */
	bool ended;	 /* the source has no more */
	bool passed;	 /* and the sink knows */
};

struct relay {
	SSL *ssl;
	int client, engine;
	struct flow up;	  /* client to engine */
	struct flow down; /* engine to client */
	bool gone;	  /* one side cannot be used any more */
	short client_wants, engine_wants;
};

/* What TLS needs of the socket before it can go on; false when there is nothing to wait for. */
static bool relay_wants(SSL *ssl, int result, short *events)
{
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ:
		*events |= POLLIN;
		return true;
	case SSL_ERROR_WANT_WRITE:
		*events |= POLLOUT;
		return true;
	default:
		return false;
	}
}

const char *relay_handshake(SSL *ssl, int64_t deadline)
{
	struct pollfd p = { .fd = SSL_get_fd(ssl) };

	for (;;) {
		const char *reason;
		int result;

		ERR_clear_error();
		p.events = 0;
		result = SSL_accept(ssl);
		if (result == 1)
			return NULL;
		if (!relay_wants(ssl, result, &p.events)) {
			reason = ERR_reason_error_string(ERR_peek_error());
			return reason ? reason : "the peer went away";
		}
		while (poll(&p, 1, clock_left(deadline)) < 0 && errno == EINTR)
			;
		if (clock_left(deadline) == 0)
			return "the handshake takes too long";
	}
}

static size_t flow_room(struct flow *f)
{
	if (f->from == f->to)
		f->from = f->to = 0;
	return f->ended ? 0 : RELAY_BUFFER - f->to;
}

static bool relay_read_client(struct relay *r)
{
	size_t room = flow_room(&r->up), n = 0;
	bool moved = false;

	/* A record at a time; fill the buffer, so that the engine gets few large writes. */
	while (room > 0) {
		int result;

		ERR_clear_error();
		result = SSL_read_ex(r->ssl, r->up.buf + r->up.to, room, &n);
		if (result == 1) {
			r->up.to += n;
			room -= n;
			moved = true;
			continue;
		}
		if (SSL_get_error(r->ssl, result) == SSL_ERROR_ZERO_RETURN)
			r->up.ended = moved = true;
		else if (!relay_wants(r->ssl, result, &r->client_wants))
			r->gone = true; /* cut off, not ended: the engine must not take it for an
					   end */
		break;
	}
	return moved;
}

/* The sink reads no more; it may still write. */
static void flow_drop(struct flow *f)
{
	f->ended = f->passed = true;
	f->from = f->to;
}

static bool relay_write_engine(struct relay *r)
{
	struct flow *f = &r->up;
	ssize_t n;

	if (f->from < f->to) {
		n = send(r->engine, f->buf + f->from, f->to - f->from, MSG_NOSIGNAL);
		if (n > 0)
			f->from += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			r->engine_wants |= POLLOUT;
		else if (n < 0 && errno != EINTR)
			flow_drop(f);
		return n > 0 || (n < 0 && errno == EINTR);
	}
	if (f->ended && !f->passed) {
		shutdown(r->engine, SHUT_WR);
		f->passed = true;
		return true;
	}
	return false;
}

static bool relay_read_engine(struct relay *r)
{
	size_t room = flow_room(&r->down);
	ssize_t n;

	if (room == 0)
		return false;
	n = recv(r->engine, r->down.buf + r->down.to, room, 0);
	if (n > 0) {
		r->down.to += (size_t)n;
		return true;
	}
	if (n < 0 && errno == EAGAIN) {
		r->engine_wants |= POLLIN;
		return false;
	}
	if (n < 0 && errno == EINTR)
		return true;
	r->down.ended = true;
	return true;
}

static bool relay_write_client(struct relay *r)
{
	struct flow *f = &r->down;
	size_t n = 0;
	int result;

	ERR_clear_error();
	if (f->from < f->to) {
		result = SSL_write_ex(r->ssl, f->buf + f->from, f->to - f->from, &n);
		if (result == 1)
			f->from += n;
		else if (!relay_wants(r->ssl, result, &r->client_wants))
			r->gone = true;
		return result == 1;
	}
	if (!f->ended || f->passed)
		return false;
	result = SSL_shutdown(r->ssl);
	if (result < 0 && relay_wants(r->ssl, result, &r->client_wants))
		return false;
	f->passed = true;
	return true;
}

/*
 * Wait for what stops us. False when there is nothing to wait for any more. poll() always tells of
 * a hang-up, wanted or not; where that must wait for the other side, the descriptor is left out, or
 * this would be a busy loop.
 */
static bool relay_wait(struct relay *r)
{
	bool answered = r->down.ended && r->down.passed;
	struct pollfd p[] = { { .fd = r->client, .events = r->client_wants },
			      { .fd = r->engine_wants || answered ? r->engine : -1, .events = r->engine_wants } };

	while (poll(p, 2, -1) < 0) {
		if (errno != EINTR)
			return false;
	}
	if (r->client_wants == 0 && (p[0].revents & (POLLHUP | POLLERR)))
		r->gone = true;
	/* An engine that has closed its end whole has no reader for what the client may still say.
	 */
	return !r->gone && !(answered && (p[1].revents & (POLLHUP | POLLERR)));
}

/* Close so that what was sent arrives: unread bytes of the peer would turn our end into a reset. */
static void relay_linger(struct relay *r)
{
	int64_t deadline = clock_ms() + RELAY_LINGER_MS;
	struct pollfd p = { .fd = r->client, .events = POLLIN };
	char rest[4096];

	shutdown(r->client, SHUT_WR);
	while (clock_left(deadline) > 0 && poll(&p, 1, clock_left(deadline)) > 0) {
		if (recv(r->client, rest, sizeof(rest), 0) <= 0)
			return;
	}
}

void relay_run(SSL *ssl, int client, int engine)
{
	struct relay r = { .ssl = ssl, .client = client, .engine = engine };
	int room = RELAY_BUFFER;

	setsockopt(engine, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	r.up.buf = malloc(RELAY_BUFFER);
	r.down.buf = malloc(RELAY_BUFFER);
	r.gone = !r.up.buf || !r.down.buf;
	while (!r.gone && !(r.up.passed && r.down.passed)) {
		bool moved;

		r.client_wants = r.engine_wants = 0;
		moved = relay_read_client(&r);
		moved |= relay_write_engine(&r);
		moved |= relay_read_engine(&r);
		moved |= relay_write_client(&r);
		if (!moved && !r.gone && !relay_wait(&r))
			break;
	}
	/* The client vanished: what it said before that still counts, as far as the engine takes
	 * it. */
	while (r.gone && !r.up.passed && relay_write_engine(&r))
		;
	if (!r.gone)
		relay_linger(&r);
	free(r.up.buf);
	free(r.down.buf);
}
