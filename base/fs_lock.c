/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs_fail.h"
#include "base/fs_folder.h"
#include "base/fs_own.h"
#include "base/fs_path.h"
#include "base/fs_read.h"
#include "base/mem.h"

#define LOCKS_MAX ((size_t)4 << 20)

struct fs_lock_try {
	const char *path;
	bool folder;
	int fd;
};

/* Is the file that we locked still the one with that name? Its folder may have been removed while we waited. */
static bool fs_is_same(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

/*
 * Who holds a lock may write into it. Of root alone: not into a file that somebody else's folder shows under a second name, nor
 * into one of a third user.
 */
static bool fs_lock_is_decoy(int dir, int fd)
{
	struct stat above, st;

	if (geteuid() != 0)
		return false;
	if (fstat(dir, &above) < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return true;
	return above.st_uid != 0 && (st.st_nlink > 1 || (st.st_uid != 0 && st.st_uid != above.st_uid));
}

static int fs_lock_open(const struct fs_lock_try *t)
{
	auto_free char *parent = fs_parent(t->path);
	auto_close int dir = -1;
	const char *name = fs_base(t->path);
	int fd, reason;

	if (t->folder)
		return open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fs_folder(parent);
	if (dir < 0)
		return -1;
	fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	reason = errno;
	if (fd < 0 && (reason == ENOSPC || reason == EDQUOT || reason == EROFS))
		fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	else if (fd >= 0)
		fs_own_fd(fd, t->path);
	if (fd >= 0 && fs_lock_is_decoy(dir, fd)) {
		mem_closep(&fd);
		reason = EPERM;
	}
	errno = reason;
	return fd;
}

static struct err *fs_lock_step(void *data, bool *done)
{
	struct fs_lock_try *t = data;
	auto_close int fd = fs_lock_open(t);

	if (fd < 0)
		return fs_fail("lock", t->path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK || errno == EINTR ? NULL : fs_fail("lock", t->path);
	if (!fs_is_same(fd, t->path))
		return NULL;
	t->fd = fd;
	fd = -1;
	*done = true;
	return NULL;
}

static struct err *fs_lock_any(const char *path, bool folder, int timeout_ms, int *ret_fd)
{
	struct fs_lock_try t = { .path = path, .folder = folder, .fd = -1 };
	/* fs_is_locked holds a shared lock for some microseconds, which one try must not take for an owner. */
	int wait_ms = timeout_ms < 0 || timeout_ms > 20 ? timeout_ms : 20;
	struct err *err = retry_until(deadline_in(wait_ms), 5, path, fs_lock_step, &t);

	if (err && err->code == ERR_TIMEOUT) {
		err_free(err);
		return err_new(ERR_WRONG_STATE, "'%s' is locked by another process", path);
	}
	TRY(err);
	*ret_fd = t.fd;
	return NULL;
}

struct err *fs_lock(const char *path, int timeout_ms, int *ret_fd)
{
	return fs_lock_any(path, false, timeout_ms, ret_fd);
}

struct err *fs_lock_folder(const char *path, int timeout_ms, int *ret_fd)
{
	return fs_lock_any(path, true, timeout_ms, ret_fd);
}

bool fs_is_locked(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* "4: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF", with the numbers that processes have here. */
bool fs_lock_is_of(const char *path, pid_t pid)
{
	auto_free char *text = NULL;
	auto_err *none = fs_read("/proc/locks", LOCKS_MAX, &text, NULL);
	unsigned long long inode;
	struct stat file;
	int owner;

	if (none || stat(path, &file) != 0)
		return false;
	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (sscanf(line, "%*s FLOCK %*s %*s %d %*x:%*x:%llu", &owner, &inode) == 2 && owner == pid &&
		    inode == file.st_ino)
			return true;
	return false;
}
