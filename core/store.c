/* SPDX-License-Identifier: Apache-2.0 */
#include "core/store.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/num.h"

static bool name_is_valid(const char *name, size_t longest)
{
	if (!isalnum((unsigned char)*name) || strlen(name) > longest)
		return false;
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			return false;
	return true;
}

struct err *store_check_name(const char *name)
{
	if (name_is_valid(name, STORE_NAME_MAX))
		return NULL;
	return err_hint(err_new(ERR_USAGE, "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -"),
			"Choose a name of 1 to %d of these characters that begins with a letter or digit, "
			"for example: machine create dev",
			STORE_NAME_MAX);
}

char *store_machine_dir(const struct core *c, const char *name)
{
	return xasprintf("%s/machines/%s", c->store, name);
}

bool store_has(const struct core *c, const char *name)
{
	auto_free char *dir = store_machine_dir(c, name);
	return fs_exists(dir);
}

struct err *store_list(const struct core *c, struct list *ret)
{
	auto_free char *machines = fs_join(c->store, "machines");
	auto_list names = { 0 };

	TRY(fs_list(machines, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = fs_join(machines, names.items[i]);
		if (names.items[i][0] != '.' && fs_is_dir(path))
			list_add(ret, names.items[i]);
	}
	return NULL;
}

struct err *store_unknown(const struct core *c, const char *name)
{
	return err_new(ERR_NOT_FOUND,
		       "Docker machine \"%s\" does not exist. Use \"%s ls\" to list machines. Use \"%s create\" to add "
		       "a new one.",
		       name, core_prog(c), core_prog(c));
}

struct err *store_need(const struct core *c, const char *name)
{
	auto_free char *dir = name_is_valid(name, STORE_NAME_LONGEST) ? store_machine_dir(c, name) : NULL;
	struct stat st;

	if (dir && lstat(dir, &st) == 0)
		return NULL;
	if (!dir || errno == ENOENT || errno == ENOTDIR)
		return store_unknown(c, name);
	return err_hint(err_errno(ERR_FAILED, "cannot read '%s'", dir),
			"See who owns the store and who may read it: ls -ld '%s'", c->store);
}

static char *lock_path(const struct core *c, const char *name)
{
	return xasprintf("%s/locks/%s.lock", c->state_dir, name);
}

/* The owner writes "PID VERB" into its lock. */
static int lock_owner(const char *path, char *verb, size_t size)
{
	auto_free char *text = NULL;
	int64_t pid = 0;
	char *space;

	if (verb)
		*verb = '\0';
	if (!fs_is_locked(path))
		return 0;
	err_free(fs_read(path, 256, &text, NULL));
	if (!text || !(space = strchr(text, ' ')))
		return 0;
	*space = '\0';
	if (verb)
		snprintf(verb, size, "%s", space + 1);
	err_free(num_int(text, 1, INT32_MAX, &pid));
	return (int)pid;
}

int store_lock_owner(const struct core *c, const char *name)
{
	auto_free char *path = lock_path(c, name);
	return lock_owner(path, NULL, 0);
}

bool store_lock_is_held_by(const struct core *c, const char *name, int pid)
{
	auto_free char *path = lock_path(c, name), *folder = xasprintf("/proc/%d/fd", pid);
	struct stat lock, st;
	auto_list fds = { 0 };
	bool held = false;

	if (stat(path, &lock) != 0)
		return false;
	if (access(folder, R_OK | X_OK) < 0)
		return fs_lock_is_of(path, pid);
	IGNORE(fs_list(folder, &fds));
	for (size_t i = 0; i < fds.n && !held; i++) {
		auto_free char *fd = fs_join(folder, fds.items[i]);

		held = stat(fd, &st) == 0 && st.st_ino == lock.st_ino && st.st_dev == lock.st_dev;
	}
	return held;
}

bool store_owner_has_others(const struct core *c, int pid)
{
	auto_free char *dir = fs_join(c->state_dir, "locks");
	auto_list entries = { 0 };
	int n = 0;

	IGNORE(fs_list(dir, &entries));
	for (size_t i = 0; i < entries.n; i++) {
		auto_free char *path = fs_join(dir, entries.items[i]);

		n += lock_owner(path, NULL, 0) == pid;
	}
	return n > 1;
}

static struct err *lock_busy(const char *path, const char *name, struct err *cause)
{
	char verb[64];
	int pid = lock_owner(path, verb, sizeof(verb));

	if (cause->code != ERR_WRONG_STATE && cause->code != ERR_TIMEOUT)
		return err_wrap(cause, "cannot lock machine '%s'", name);
	err_free(cause);
	if (!pid)
		return err_hint(err_new(ERR_WRONG_STATE, "machine '%s' is busy: another process works on it", name),
				"Try again in a moment.");
	return err_hint(err_new(ERR_WRONG_STATE, "machine '%s' is busy: 'machine %s' (process %d) works on it", name,
				verb, pid),
			"Wait for it, or end it with: kill %d", pid);
}

/* An owner removes its lock file when it is done: what we hold may then be a file that has no name any more. */
static bool lock_is_current(const char *path, int fd)
{
	struct stat held, named;
	return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

static struct err *lock_unwritten(const char *path)
{
	struct err *e = err_errno(ERR_FAILED, "cannot write '%s'", path);

	fs_unlink(path);
	return err_hint(e, "See the room of its file system (df) and the limit for files (ulimit -f).");
}

/*
 * Ending a machine needs no free byte: where a lock cannot be made, on a disk that is full or read-only, the machine's folder is
 * locked. Nobody else can make one there then, but for those who find room a moment later.
 */
static bool lock_only_ends(const char *verb)
{
	return str_eq(verb, "stop") || str_eq(verb, "kill") || str_eq(verb, "rm");
}

/* Not for want of room: it is somebody else's, who may hold it. */
static bool lock_is_forbidden(const struct core *c, const char *name)
{
	auto_free char *path = lock_path(c, name), *dir = fs_join(c->state_dir, "locks");
	const char *const places[] = { path, dir, c->state_dir, c->store };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (access(places[i], W_OK) < 0 && (errno == EACCES || errno == EPERM))
			return true;
	return false;
}

static const char *const left_ends[] = { ".new", ".removed" };

static char *left_path(const struct core *c, const char *name, const char *end)
{
	return xasprintf("%s/machines/.%s%s", c->store, name, end);
}

/* What killed processes left of a machine of that name, keys among it: whoever comes next clears it. */
static void lock_clear(const struct core *c, const char *name, const char *machine)
{
	fs_sweep(machine);
	for (size_t i = 0; i < ARRAY_SIZE(left_ends); i++) {
		auto_free char *left = left_path(c, name, left_ends[i]);

		if (fs_exists(left))
			IGNORE(fs_remove_tree(left));
	}
}

bool store_has_left(const struct core *c, const char *name)
{
	for (size_t i = 0; name_is_valid(name, STORE_NAME_LONGEST) && i < ARRAY_SIZE(left_ends); i++) {
		auto_free char *left = left_path(c, name, left_ends[i]);

		if (fs_exists(left))
			return true;
	}
	return false;
}

static struct err *lock_take(const struct core *c, const char *name, const char *verb, int timeout_ms,
			     struct store_lock *ret)
{
	auto_free char *dir = fs_join(c->state_dir, "locks");
	auto_free char *path = lock_path(c, name);
	struct deadline d = deadline_in(timeout_ms);

	TRY(fs_mkdirs(dir, 0700));
	for (;;) {
		auto_close int fd = -1;
		struct err *e = fs_lock(path, deadline_left_ms(d), &fd);

		if (e)
			return lock_busy(path, name, e);
		if (!lock_is_current(path, fd))
			continue;
		if ((ftruncate(fd, 0) != 0 || dprintf(fd, "%d %s", (int)getpid(), verb) < 0) && !lock_only_ends(verb))
			return lock_unwritten(path);
		ret->fd = fd;
		fd = -1;
		ret->path = TAKE(path);
		return NULL;
	}
}

struct err *store_lock(const struct core *c, const char *name, const char *verb, int timeout_ms, struct store_lock *ret)
{
	auto_free char *machine = store_machine_dir(c, name);
	struct err *e = lock_take(c, name, verb, timeout_ms, ret);

	if (e && e->code == ERR_FAILED && lock_only_ends(verb) && !lock_is_forbidden(c, name)) {
		auto_err *none = fs_lock_folder(machine, timeout_ms, &ret->fd);

		if (none)
			return e;
		err_free(e);
		return NULL;
	}
	TRY(e);
	lock_clear(c, name, machine);
	return NULL;
}

void store_unlock(struct store_lock *l)
{
	if (l->path)
		fs_unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	free(l->path);
	l->path = NULL;
	l->fd = -1;
}

struct err *store_remove_dir(const struct core *c, const char *name)
{
	auto_free char *dir = store_machine_dir(c, name);
	auto_free char *gone = left_path(c, name, ".removed");

	TRY(fs_remove_tree(gone));
	/* A name that needs a block more, on a disk that is full: then the folder goes as it stands. */
	bool moved = rename(dir, gone) == 0;
	if (!moved && (errno == ENOSPC || errno == EDQUOT))
		return fs_remove_tree(dir);
	if (!moved && errno != ENOENT)
		return err_hint(err_errno(ERR_FAILED, "cannot remove '%s'", dir),
				"See who owns the store and who may write there: ls -ld '%s/machines'", c->store);
	return fs_remove_tree(gone);
}

/* ".NAME.new" and ".NAME.removed"; NULL for any other name. The caller frees. */
static char *prune_name(const char *entry)
{
	size_t len = strlen(entry);

	for (size_t i = 0; *entry == '.' && i < ARRAY_SIZE(left_ends); i++) {
		size_t end = strlen(left_ends[i]);

		if (len > end + 1 && str_eq(entry + len - end, left_ends[i]))
			return xstrndup(entry + 1, len - end - 1);
	}
	return NULL;
}

/* A lock that can be had is nobody's: taking and releasing it removes its file. */
static struct err *prune_locks(const struct core *c)
{
	static const char end[] = ".lock";
	auto_free char *dir = fs_join(c->state_dir, "locks");
	auto_list entries = { 0 };

	TRY(fs_list(dir, &entries));
	for (size_t i = 0; i < entries.n; i++) {
		size_t len = strlen(entries.items[i]), n = sizeof(end) - 1;
		auto_free char *name =
			len > n && str_eq(entries.items[i] + len - n, end) ? xstrndup(entries.items[i], len - n) : NULL;
		auto_lock lock = STORE_LOCK_INIT;

		if (name && name_is_valid(name, STORE_NAME_LONGEST))
			IGNORE(store_lock(c, name, "prune", 0, &lock));
	}
	return NULL;
}

/* Nobody's, as long as we hold the lock. */
static struct err *prune_entry(const struct core *c, const char *name, const char *path)
{
	auto_lock lock = STORE_LOCK_INIT;
	auto_err *busy = name_is_valid(name, STORE_NAME_LONGEST) ? store_lock(c, name, "prune", 0, &lock) : NULL;

	return busy ? NULL : fs_remove_tree(path);
}

struct err *store_prune(const struct core *c)
{
	auto_free char *machines = fs_join(c->store, "machines");
	auto_list entries = { 0 };

	TRY(fs_list(machines, &entries));
	for (size_t i = 0; i < entries.n; i++) {
		auto_free char *name = prune_name(entries.items[i]), *path = fs_join(machines, entries.items[i]);

		if (name)
			TRY(prune_entry(c, name, path));
		else if (entries.items[i][0] != '.' && name_is_valid(entries.items[i], STORE_NAME_LONGEST))
			fs_sweep(path);
	}
	fs_sweep(c->certs_dir);
	return prune_locks(c);
}
