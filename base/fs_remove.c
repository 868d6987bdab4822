/* SPDX-License-Identifier: Apache-2.0 */
/* Removal of a tree by descriptors, so that nobody can lead it elsewhere by swapping a folder for a link. */
#include "base/fs_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs_fail.h"
#include "base/fs_folder.h"
#include "base/fs_path.h"
#include "base/mem.h"
#include "base/str.h"

/* Each level holds one descriptor open. */
#define FS_REMOVE_DEPTH 200

static void fs_closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}
#define auto_dir __attribute__((cleanup(fs_closedirp))) DIR

static struct err *fs_remove_at(int parent, const char *name, const char *path, int depth);

static struct err *fs_remove_content(DIR *dir, const char *path, int depth)
{
	struct dirent *entry;

	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		auto_free char *below = fs_join(path, entry->d_name);

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		TRY(fs_remove_at(dirfd(dir), entry->d_name, below, depth + 1));
	}
	return errno ? fs_fail("list", path) : NULL;
}

/* A mount of the same file system has its device, too: the mount's number tells them apart (Linux 5.8). */
static bool fs_is_mounted(int parent, int fd)
{
	struct statx above, here;

	if (statx(parent, "", AT_EMPTY_PATH, STATX_MNT_ID, &above) < 0 ||
	    statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &here) < 0)
		return false;
	if (above.stx_mask & here.stx_mask & STATX_MNT_ID)
		return above.stx_mnt_id != here.stx_mnt_id;
	return above.stx_dev_major != here.stx_dev_major || above.stx_dev_minor != here.stx_dev_minor;
}

static struct err *fs_remove_dir(int parent, const char *name, const char *path, int depth)
{
	static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat here;
	int fd = openat(parent, name, flags);

	/* A folder of ours that may not be read: make it ours again, then try once more. */
	if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
		fd = openat(parent, name, flags);
	if (fd < 0)
		return errno == ENOENT ? NULL : fs_fail("remove", path);

	auto_dir *dir = fdopendir(fd);

	if (!dir) {
		struct err *err = fs_fail("remove", path);

		close(fd);
		return err;
	}
	if (fstat(fd, &here) < 0)
		return fs_fail("remove", path);
	/* What is mounted below (say a machine's files through sshfs) is not ours to remove. */
	if (depth && fs_is_mounted(parent, fd))
		return err_hint(err_new(ERR_WRONG_STATE, "cannot remove '%s': something is mounted there", path),
				"Unmount it, then try again: umount '%s'", path);
	if (depth > FS_REMOVE_DEPTH)
		return err_new(ERR_FAILED, "cannot remove '%s': too many folders in one another", path);
	if ((here.st_mode & 0700) != 0700 && fchmod(fd, 0700) < 0)
		return fs_fail("remove", path);
	TRY(fs_remove_content(dir, path, depth));
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fs_fail("remove", path);
	return NULL;
}

static struct err *fs_remove_at(int parent, const char *name, const char *path, int depth)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT || errno == ENOTDIR)
		return NULL;
	/* Linux says EISDIR for a folder; POSIX has EPERM for it. */
	if (errno != EISDIR && errno != EPERM)
		return fs_fail("remove", path);
	return fs_remove_dir(parent, name, path, depth);
}

struct err *fs_remove_tree(const char *path)
{
	auto_free char *parent = fs_parent(path);
	auto_close int dir = *fs_base(path) ? fs_folder(parent) : AT_FDCWD;

	if (dir == -1)
		return errno == ENOENT || errno == ENOTDIR ? NULL : fs_fail("remove", path);
	return fs_remove_at(dir, dir == AT_FDCWD ? path : fs_base(path), path, 0);
}

int fs_unlink(const char *path)
{
	auto_free char *parent = fs_parent(path);
	auto_close int dir = fs_folder(parent);

	return dir < 0 ? -1 : unlinkat(dir, fs_base(path), 0);
}
