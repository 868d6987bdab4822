/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs_fail.h"
#include "base/fs_path.h"
#include "base/mem.h"
#include "base/str.h"

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
