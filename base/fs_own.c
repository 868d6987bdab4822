/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the files are that root makes in a folder of another user: that user's, or he is locked out of his own store. */
#include "base/fs_own.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs_path.h"
#include "base/mem.h"

/*
 * Does fd lie at path, and whose is the folder there? That one is held while it is asked: its owner may put another into its
 * place between two looks, and have a file of root's elsewhere given away.
 */
static bool own_lies_at(int fd, const char *path, struct stat *ret, struct stat *ret_above)
{
	auto_free char *parent = fs_parent(path);
	auto_close int dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat there;

	return dir >= 0 && fstat(dir, ret_above) == 0 && fstat(fd, ret) == 0 &&
	       fstatat(dir, fs_base(path), &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_dev == ret->st_dev &&
	       there.st_ino == ret->st_ino;
}

/* To the owner of the folder that holds path. Never a file with a second name, nor one of somebody else. */
static void own_give(int fd, const char *path)
{
	struct stat above, st;

	if (geteuid() != 0 || !own_lies_at(fd, path, &st, &above) || above.st_uid == 0 || st.st_uid != 0)
		return;
	if (S_ISLNK(st.st_mode) || (!S_ISDIR(st.st_mode) && st.st_nlink != 1))
		return;
	(void)!fchownat(fd, "", above.st_uid, above.st_gid, AT_EMPTY_PATH);
}

void fs_own(const char *path)
{
	auto_close int fd = geteuid() == 0 ? open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (fd >= 0)
		own_give(fd, path);
}

void fs_own_fd(int fd, const char *path)
{
	own_give(fd, path);
}

/* A file of root's in a user's folder is what an earlier version left there: the folder says whose it is meant to be. */
void fs_own_as(int fd, const char *made, const char *path)
{
	struct stat old, st, above;

	if (lstat(path, &old) < 0 || !S_ISREG(old.st_mode) || (geteuid() == 0 && old.st_uid == 0))
		fs_own_fd(fd, made);
	else if (geteuid() == 0 && !own_lies_at(fd, made, &st, &above))
		return;
	else if (fchown(fd, geteuid() == 0 ? old.st_uid : (uid_t)-1, old.st_gid) < 0)
		(void)!fchown(fd, (uid_t)-1, getegid()); /* a group that we are not in */
}
