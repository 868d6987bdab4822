/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/net/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "drivers/net/reserve.h"
#include "drivers/vm/names.h"

#define LOOPBACK_STATE "addresses" /* below state_dir: one file per reserved address */
#define CANDIDATES 4096

bool loopback_is(const char *text)
{
	struct in_addr a;

	return inet_pton(AF_INET, text, &a) == 1 && (ntohl(a.s_addr) >> 24) == 127;
}

uint64_t loopback_hash(const char *a, const char *b)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (const char *p = a; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	h *= 0x100000001b3u;
	for (const char *p = b; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	return h;
}

char *loopback_candidate(uint64_t hash, unsigned n)
{
	const uint64_t lasts = 254, all = 64 * 256 * lasts;
	/* An odd step that does not divide the range visits every address before it comes back. */
	uint64_t i = (hash % all + (uint64_t)n * 104729u) % all;

	return xasprintf("127.%u.%u.%u", (unsigned)(64 + i / (256 * lasts)), (unsigned)(i / lasts % 256),
			 (unsigned)(1 + i % lasts));
}

enum loopback_bind loopback_bind_test(const char *proto, const char *address, int port, bool after_close)
{
	bool tcp = str_eq(proto, "tcp");
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	auto_close int fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		return LOOPBACK_IMPOSSIBLE;
	/* For TCP alone: with it two UDP sockets would share a port, and nothing would be found out. */
	if (tcp && after_close)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return LOOPBACK_FREE;
	if (errno == EACCES)
		return LOOPBACK_PRIVILEGED;
	return errno == EADDRINUSE ? LOOPBACK_TAKEN : LOOPBACK_IMPOSSIBLE;
}

static bool address_is_silent(const char *address)
{
	return loopback_bind_test("tcp", address, VM_ENGINE_PORT, false) == LOOPBACK_FREE &&
	       loopback_bind_test("tcp", address, VM_LOOPBACK_SSH_PORT, false) == LOOPBACK_FREE;
}

/* A listener on 0.0.0.0 occupies the port on every loopback address: name the port and the cure. */
static struct err *address_none(void)
{
	static const int ports[] = { VM_ENGINE_PORT, VM_LOOPBACK_SSH_PORT };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (loopback_bind_test("tcp", "127.127.255.254", ports[i], false) == LOOPBACK_TAKEN)
			return err_hint(err_new(ERR_FAILED, "port %d is taken on every address of this host", ports[i]),
					"A program listens on 0.0.0.0 there (ss -ltnp 'sport = :%d'): let it listen on "
					"one address.",
					ports[i]);
	return err_new(ERR_FAILED, "no loopback address is free");
}

struct candidates {
	uint64_t hash;
};

static char *candidates_next(void *data, unsigned n)
{
	return n < CANDIDATES ? loopback_candidate(((struct candidates *)data)->hash, n) : NULL;
}

static bool candidates_is_silent(void *data, const char *address)
{
	(void)data;
	return address_is_silent(address);
}

struct err *loopback_reserve(const char *state_dir, const char *dir, const char *store, const char *name, bool silent,
			     char **ret)
{
	struct candidates c = { loopback_hash(store, name) };
	const struct reserve r = {
		state_dir, LOOPBACK_STATE, dir, candidates_next, silent ? candidates_is_silent : NULL, &c
	};

	TRY(reserve_take(&r, ret));
	return *ret ? NULL : address_none();
}

struct err *loopback_release(const char *state_dir, const char *dir, const char *address)
{
	/* "": whoever reserved one was killed before the record said so. */
	return !*address || loopback_is(address) ? reserve_drop(state_dir, LOOPBACK_STATE, dir) : NULL;
}

struct err *loopback_free_port(const char *address, int *ret)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(sa);

	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1 || fd < 0 || bind(fd, (struct sockaddr *)&sa, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return err_errno(ERR_FAILED, "cannot find a free port on '%s'", address);
	*ret = ntohs(sa.sin_port);
	return NULL;
}

bool loopback_answers(const char *address, int port, int timeout_ms)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (fd < 0 || inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		return false;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return true;
	return errno == EINPROGRESS && poll(&p, 1, timeout_ms) == 1 &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}
