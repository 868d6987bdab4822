/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the files are that root makes in a folder of another user: that user's, or he is locked out of his own store. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/fs_internal.h"
#include "base/mem.h"

/* To the owner of the folder that holds path. Never a file with a second name: that may have been another's all along. */
static void own_give(int fd, const char *path)
{
	auto_free char *dir = fs_parent(path);
	struct stat above, st;

	if (geteuid() != 0 || stat(dir, &above) < 0 || above.st_uid == 0 || fstat(fd, &st) < 0)
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
void fs_own_as(int fd, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || (geteuid() == 0 && st.st_uid == 0))
		fs_own_fd(fd, path);
	else if (fchown(fd, geteuid() == 0 ? st.st_uid : (uid_t)-1, st.st_gid) < 0)
		(void)!fchown(fd, (uid_t)-1, getegid());	/* a group that we are not in */
}
