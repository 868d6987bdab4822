/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/qemu/config.h"
#include "drivers/qemu/paths.h"

#define CANDIDATES 4096
#define LOCK_MS 20000
/* A reservation is made before the machine's folder may be there: so long it counts without one. */
#define YOUNG_S 600

uint64_t qemu_hash(const char *a, const char *b)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (const char *p = a; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	h *= 0x100000001b3u;
	for (const char *p = b; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	return h;
}

char *qemu_address_candidate(uint64_t hash, unsigned n)
{
	const uint64_t lasts = 254, all = 64 * 256 * lasts;
	/* An odd step that does not divide the range visits every address before it comes back. */
	uint64_t i = (hash % all + (uint64_t)n * 104729u) % all;

	return xasprintf("127.%u.%u.%u", (unsigned)(64 + i / (256 * lasts)), (unsigned)(i / lasts % 256),
			 (unsigned)(1 + i % lasts));
}

enum qemu_bind qemu_bind_test(const char *proto, const char *address, int port, bool after_close)
{
	bool tcp = str_eq(proto, "tcp");
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	auto_close int fd = socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		return QEMU_BIND_IMPOSSIBLE;
	/* For TCP alone: with it two UDP sockets would share a port, and nothing would be found out. */
	if (tcp && after_close)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return QEMU_BIND_FREE;
	if (errno == EACCES)
		return QEMU_BIND_PRIVILEGED;
	return errno == EADDRINUSE ? QEMU_BIND_TAKEN : QEMU_BIND_IMPOSSIBLE;
}

static char *address_file(const char *state_dir, const char *address)
{
	auto_free char *dir = fs_join(state_dir, QEMU_STATE_ADDRESSES);

	return fs_join(dir, address);
}

/* Whose is the reservation? NULL: nobody's. The caller frees. */
static char *address_owner(const char *path)
{
	char *owner = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	auto_err *err = fs_read(path, 8192, &owner, NULL);
	if (err)
		return xstrdup("?");	/* unreadable: not ours to take */
	owner[strcspn(owner, "\n")] = 0;
	if (fs_is_dir(owner) || time(NULL) - st.st_mtime < YOUNG_S)
		return owner;
	mem_freep(&owner);
	return NULL;
}

/* Look through all reservations: drop those of machines that are gone, find the one of dir. */
static struct err *address_sweep(const char *state_dir, const char *dir, char **ret_own)
{
	auto_free char *all = fs_join(state_dir, QEMU_STATE_ADDRESSES);
	auto_list names = { 0 };

	TRY(fs_list(all, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = fs_join(all, names.items[i]);
		auto_free char *owner = address_owner(path);

		if (!qemu_address_is_loopback(names.items[i]))
			continue;
		if (!owner)
			unlink(path);
		else if (!*ret_own && str_eq(owner, dir))
			*ret_own = xstrdup(names.items[i]);
	}
	return NULL;
}

static bool address_is_silent(const char *address)
{
	return qemu_bind_test("tcp", address, QEMU_ENGINE_PORT, false) == QEMU_BIND_FREE &&
	       qemu_bind_test("tcp", address, QEMU_SSH_PORT, false) == QEMU_BIND_FREE;
}

/* A listener on 0.0.0.0 occupies the port on every loopback address: name the port and the cure. */
static struct err *address_none(void)
{
	static const int ports[] = { QEMU_ENGINE_PORT, QEMU_SSH_PORT };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (qemu_bind_test("tcp", "127.127.255.254", ports[i], false) == QEMU_BIND_TAKEN)
			return err_hint(err_new(ERR_FAILED, "port %d is taken on every address of this host", ports[i]),
					"A program listens on 0.0.0.0 there (ss -ltnp 'sport = :%d'): let it listen on "
					"one address.", ports[i]);
	return err_new(ERR_FAILED, "no loopback address is free");
}

struct err *qemu_address_reserve(const char *state_dir, const char *dir, const char *store, const char *name,
				 char **ret)
{
	auto_free char *lock_path = fs_join(state_dir, QEMU_STATE_ADDRESSES_LOCK);
	auto_free char *all = fs_join(state_dir, QEMU_STATE_ADDRESSES);
	auto_close int lock = -1;
	auto_free char *own = NULL;

	TRY(fs_mkdirs(all, 0700));
	TRY(fs_lock(lock_path, LOCK_MS, &lock));
	TRY(address_sweep(state_dir, dir, &own));
	for (unsigned n = 0; !own && n < CANDIDATES; n++) {
		auto_free char *address = qemu_address_candidate(qemu_hash(store, name), n);
		auto_free char *path = address_file(state_dir, address);

		if (fs_exists(path) || !address_is_silent(address))
			continue;
		auto_free char *text = xasprintf("%s\n", dir);
		TRY(fs_write(path, text, strlen(text), 0600));
		own = TAKE(address);
	}
	if (!own)
		return address_none();
	*ret = TAKE(own);
	return NULL;
}

struct err *qemu_address_release(const char *state_dir, const char *dir, const char *address)
{
	auto_free char *lock_path = fs_join(state_dir, QEMU_STATE_ADDRESSES_LOCK);
	auto_close int lock = -1;

	if (!qemu_address_is_loopback(address) || !fs_is_dir(state_dir))
		return NULL;
	auto_free char *path = address_file(state_dir, address);
	if (!fs_exists(path))
		return NULL;
	TRY(fs_lock(lock_path, LOCK_MS, &lock));
	auto_free char *owner = NULL;
	auto_err *err = fs_read(path, 8192, &owner, NULL);
	if (err)
		return err->code == ERR_NOT_FOUND ? NULL : TAKE(err);
	owner[strcspn(owner, "\n")] = 0;
	if (str_eq(owner, dir))
		unlink(path);
	return NULL;
}
