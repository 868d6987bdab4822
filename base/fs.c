/* SPDX-License-Identifier: Apache-2.0 */
/* Paths, whole reads, folders. */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs_folder.h"
#include "base/mem.h"

struct err *fs_fail(const char *verb, const char *path)
{
	int reason = errno;
	enum err_code code = reason == ENOENT || reason == ENOTDIR ? ERR_NOT_FOUND : ERR_FAILED;
	struct err *err = err_errno(code, "cannot %s '%s'", verb, path);

	switch (reason) {
	case ENOSPC:
	case EDQUOT:
		return err_hint(err, "Free some space on the file system that holds '%s', then try again.", path);
	case EFBIG:
		return err_hint(err, "Raise the limit for the size of files (ulimit -f), then try again.");
	case EROFS:
		return err_hint(err, "The file system is mounted read-only. Choose a folder that can be written.");
	case EACCES:
	case EPERM:
		return err_hint(err, "See who owns it and who may write: ls -ld '%s'", path);
	case ELOOP:
		return err_hint(
			err,
			"A link on the way leads in a circle, or is a user's and leads to what is not that user's: "
			"namei -l '%s'",
			path);
	case EMFILE:
		return err_hint(err, "Raise the limit for open files (ulimit -n), then try again.");
	default:
		return err;
	}
}

const char *fs_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *fs_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

char *fs_join(const char *dir, const char *name)
{
	if (!*dir)
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}

/* As Go's filepath.Clean: "." and ".." are resolved by their text alone. */
static char *fs_clean(const char *absolute)
{
	auto_list parts = { 0 };
	struct list kept = { 0 };

	list_split(&parts, absolute, '/', true);
	for (size_t i = 0; i < parts.n; i++) {
		if (str_eq(parts.items[i], "."))
			continue;
		if (!str_eq(parts.items[i], ".."))
			list_add(&kept, parts.items[i]);
		else if (kept.n)
			list_remove(&kept, kept.n - 1);
	}

	auto_free char *joined = list_join(&kept, "/");

	list_release(&kept);
	return xasprintf("/%s", joined);
}

struct err *fs_absolute(const char *path, char **ret)
{
	if (*path == '/') {
		*ret = fs_clean(path);
		return NULL;
	}

	auto_free char *cwd = getcwd(NULL, 0);

	if (!cwd)
		return err_errno(ERR_FAILED, "cannot find the current folder");

	auto_free char *full = fs_join(cwd, path);

	*ret = fs_clean(full);
	return NULL;
}

struct err *fs_home(char **ret)
{
	const char *home = getenv("HOME");
	struct passwd entry, *found = NULL;
	auto_free char *buf = xcalloc(1, 16384);

	if (!home || !*home) {
		getpwuid_r(getuid(), &entry, buf, 16384, &found);
		home = found ? found->pw_dir : NULL;
	}
	if (!home || !*home)
		return err_hint(err_new(ERR_FAILED, "cannot find your home folder"),
				"Set HOME to a folder that you own.");
	*ret = xstrdup(home);
	return NULL;
}

bool fs_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool fs_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct err *fs_read(const char *path, size_t max, char **ret, size_t *ret_len)
{
	/* Not blocking, for a pipe that lies where a file is expected. */
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	auto_str text = STR_INIT;
	struct stat st;
	char buf[16384];
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fs_fail("read", path);
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_FAILED, "cannot read '%s': not a regular file", path);
	/* Until the end, not for st_size bytes: files of /proc and /sys have none. */
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fs_fail("read", path);
		if ((size_t)n > max - text.len)
			return err_new(ERR_FAILED, "cannot read '%s': larger than %zu bytes", path, max);
		str_add_mem(&text, buf, (size_t)n);
	}
	if (ret_len)
		*ret_len = text.len;
	*ret = str_detach(&text);
	return NULL;
}

static bool fs_mkdir(const char *path, mode_t mode)
{
	auto_free char *parent = fs_parent(path);
	auto_close int dir = *fs_base(path) ? fs_folder(parent) : -1;

	/* "a/" names what it ends in, which fs_folder has no way to say. */
	if (*fs_base(path) ? dir < 0 || mkdirat(dir, fs_base(path), mode) < 0 : mkdir(path, mode) < 0)
		return false;
	fs_own(path);
	return true;
}

struct err *fs_mkdirs(const char *path, mode_t mode)
{
	if (fs_mkdir(path, mode))
		return NULL;
	if (errno == EEXIST || errno == EISDIR) {
		if (fs_is_dir(path))
			return NULL;
		errno = ENOTDIR;
	} else if (errno == ENOENT) {
		auto_free char *parent = fs_parent(path);

		/* "a//b" and "a/" have parents that name the same folder; it ends at "/" or ".". */
		if (strlen(parent) < strlen(path) && *path) {
			TRY(fs_mkdirs(parent, mode));
			if (fs_mkdir(path, mode) || (errno == EEXIST && fs_is_dir(path)))
				return NULL;
		}
	}
	return fs_fail("make folder", path);
}

struct err *fs_list(const char *path, struct list *ret)
{
	auto_list names = { 0 };
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir && errno == ENOENT)
		return NULL;
	if (!dir)
		return fs_fail("list", path);
	for (errno = 0; (entry = readdir(dir)); errno = 0)
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			list_add(&names, entry->d_name);

	struct err *err = errno ? fs_fail("list", path) : NULL;

	closedir(dir);
	TRY(err);
	list_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		list_take(ret, TAKE(names.items[i]));
	return NULL;
}

struct err *fs_free_bytes(const char *path, uint64_t *ret)
{
	struct statvfs st;

	if (statvfs(path, &st) == 0) {
		*ret = (uint64_t)st.f_bavail * st.f_frsize;
		return NULL;
	}
	if (errno != ENOENT)
		return fs_fail("find the free space of", path);

	auto_free char *parent = fs_parent(path);

	if (str_eq(parent, path))
		return fs_fail("find the free space of", path);
	return fs_free_bytes(parent, ret);
}
