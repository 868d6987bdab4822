/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/net/reserve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

#define LOCK_MS 20000
/* A reservation is made before the machine's folder may be there: so long it counts without one. */
#define YOUNG_S 600

static char *reserve_folder(const char *state_dir, const char *kind)
{
	return fs_join(state_dir, kind);
}

static struct err *reserve_lock(const char *state_dir, const char *kind, int *ret)
{
	auto_free char *path = xasprintf("%s/%s.lock", state_dir, kind);

	return fs_lock(path, LOCK_MS, ret);
}

/*
 * The store that state_dir lies in may have another name by now, or be a copy: its machine of that name is meant. The caller
 * frees.
 */
static char *reserve_today(const char *state_dir, char *owner)
{
	const char *slash = strrchr(owner, '/');
	auto_free char *here = slash ? xasprintf("%s/../machines/%s", state_dir, slash + 1) : NULL;

	if (!here || !fs_is_dir(here))
		return owner;
	free(owner);
	return TAKE(here);
}

static bool reserve_is_of(const char *owner, const char *dir)
{
	struct stat a, b;

	return owner && (str_eq(owner, dir) ||
			 (stat(owner, &a) == 0 && stat(dir, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino));
}

/* Whose is the reservation? NULL: nobody's. The caller frees. */
static char *reserve_owner(const char *state_dir, const char *path)
{
	char *owner = NULL;
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	auto_err *err = fs_read(path, 8192, &owner, NULL);
	if (err)
		return xstrdup("?"); /* unreadable: not ours to take */
	owner[strcspn(owner, "\n")] = 0;
	owner = reserve_today(state_dir, owner);
	if (fs_is_dir(owner) || time(NULL) - st.st_mtime < YOUNG_S)
		return owner;
	mem_freep(&owner);
	return NULL;
}

/* Look through all reservations: drop those of machines that are gone, find the one of the machine. */
static struct err *reserve_sweep(const struct reserve *r, const char *folder, char **ret_own)
{
	auto_list names = { 0 };
	uint32_t address;

	TRY(fs_list(folder, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = fs_join(folder, names.items[i]);
		auto_free char *owner = reserve_owner(r->state_dir, path);

		if (!subnet_address_parse(names.items[i], &address))
			continue;
		if (!owner)
			fs_unlink(path);
		else if (!*ret_own && reserve_is_of(owner, r->dir))
			*ret_own = xstrdup(names.items[i]);
	}
	return NULL;
}

static struct err *reserve_find(const struct reserve *r, const char *folder, char **ret)
{
	for (unsigned n = 0;; n++) {
		auto_free char *address = r->candidate(r->data, n);
		auto_free char *path = address ? fs_join(folder, address) : NULL;

		if (!address)
			return NULL;
		if (fs_exists(path) || (r->is_usable && !r->is_usable(r->data, address)))
			continue;
		auto_free char *text = xasprintf("%s\n", r->dir);
		TRY(fs_write(path, text, strlen(text), 0600));
		*ret = TAKE(address);
		return NULL;
	}
}

struct err *reserve_take(const struct reserve *r, char **ret)
{
	auto_free char *folder = reserve_folder(r->state_dir, r->kind), *own = NULL;
	auto_close int lock = -1;

	TRY(fs_mkdirs(folder, 0700));
	TRY(reserve_lock(r->state_dir, r->kind, &lock));
	TRY(reserve_sweep(r, folder, &own));
	if (!own)
		TRY(reserve_find(r, folder, &own));
	*ret = TAKE(own);
	return NULL;
}

struct err *reserve_drop(const char *state_dir, const char *kind, const char *dir)
{
	auto_free char *folder = reserve_folder(state_dir, kind);
	auto_list names = { 0 };
	auto_close int lock = -1;

	if (!fs_is_dir(folder))
		return NULL;
	TRY(reserve_lock(state_dir, kind, &lock));
	TRY(fs_list(folder, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = fs_join(folder, names.items[i]), *owner = reserve_owner(state_dir, path);

		if (reserve_is_of(owner, dir))
			fs_unlink(path);
	}
	return NULL;
}

struct err *reserve_is_used(const char *state_dir, const char *kind, const struct subnet *net, bool *ret)
{
	auto_free char *folder = reserve_folder(state_dir, kind);
	auto_list names = { 0 };
	auto_close int lock = -1;
	uint32_t address;

	*ret = false;
	if (!fs_is_dir(folder))
		return NULL;
	TRY(reserve_lock(state_dir, kind, &lock));
	TRY(fs_list(folder, &names));
	for (size_t i = 0; i < names.n && !*ret; i++) {
		auto_free char *path = fs_join(folder, names.items[i]), *owner = reserve_owner(state_dir, path);

		*ret = owner && subnet_address_parse(names.items[i], &address) && subnet_has(net, address);
	}
	return NULL;
}
