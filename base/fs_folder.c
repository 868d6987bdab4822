/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define FOLDER_LINKS 40 /* as the kernel */

static int folder_walk(int from, const char *path, int *links);

/* Where the link behind fd, which lies in the folder `from`, leads; -1 where root must not go. */
static int folder_follow(int from, int fd, uid_t owner, int *links)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
	struct stat st;
	int there;

	if (n < 0)
		return -1;
	target[n] = '\0';
	if (++*links > FOLDER_LINKS) {
		errno = ELOOP;
		return -1;
	}
	there = folder_walk(from, target, links);
	if (there < 0 || owner == 0 || (fstat(there, &st) == 0 && st.st_uid == owner))
		return there;
	close(there);
	errno = ELOOP;
	return -1;
}

/* One part of a path. */
static int folder_step(int from, const char *name, int *links)
{
	auto_close int fd = openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int taken = fd;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode))
		return folder_follow(from, fd, st.st_uid, links);
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	fd = -1;
	return taken;
}

static int folder_walk(int from, const char *path, int *links)
{
	int at = openat(from, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (path += strspn(path, "/"); at >= 0 && *path; path += strspn(path, "/")) {
		size_t n = strcspn(path, "/");
		auto_free char *name = xstrndup(path, n);
		int next = folder_step(at, name, links), reason = errno;

		close(at);
		errno = reason;
		at = next;
		path += n;
	}
	return at;
}

int fs_folder(const char *path)
{
	int links = 0;

	if (geteuid() != 0)
		return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder_walk(AT_FDCWD, path, &links);
}
