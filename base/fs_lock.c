/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of files and unix sockets. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/fs_internal.h"
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

static int fs_lock_open(const struct fs_lock_try *t)
{
	int fd, reason;

	if (t->folder)
		return open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = open(t->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		fs_own_fd(fd, t->path);
		return fd;
	}
	reason = errno;
	if (reason == ENOSPC || reason == EDQUOT || reason == EROFS)
		fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
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

/* The address of a socket in the folder that dir_fd stands for: sun_path holds 108 bytes, a path may be longer. */
static struct err *fs_socket_address(int dir_fd, const char *path, struct sockaddr_un *ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir_fd, fs_base(path));

	if (n < 0 || (size_t)n >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return fs_fail("use socket", path);
	}
	*ret = address;
	return NULL;
}

struct fs_socket {
	struct sockaddr_un address;
	int dir_fd;
	int fd;
};

static void fs_socket_release(struct fs_socket *s)
{
	mem_closep(&s->dir_fd);
	mem_closep(&s->fd);
}
#define auto_socket __attribute__((cleanup(fs_socket_release))) struct fs_socket

static struct err *fs_socket_open(struct fs_socket *s, const char *path)
{
	auto_free char *dir = fs_parent(path);

	s->dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0)
		return fs_fail("use socket", path);
	TRY(fs_socket_address(s->dir_fd, path, &s->address));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return s->fd < 0 ? fs_fail("use socket", path) : NULL;
}

static int fs_socket_take(struct fs_socket *s)
{
	int fd = s->fd;

	s->fd = -1;
	return fd;
}

struct err *fs_listen(const char *path, int *ret_fd)
{
	auto_socket s = { .dir_fd = -1, .fd = -1 };
	struct stat st;

	TRY(fs_socket_open(&s, path));
	/* Left by one who was killed. Its folder's lock says that it is gone, so there is no need to ask. */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	/* The mode of the socket before bind becomes that of the file: nobody else can ever connect. */
	if (fchmod(s.fd, 0600) < 0 || bind(s.fd, (struct sockaddr *)&s.address, sizeof(s.address)) < 0 ||
	    listen(s.fd, 64) < 0)
		return fs_fail("listen on", path);
	fs_own(path);
	*ret_fd = fs_socket_take(&s);
	return NULL;
}

struct err *fs_connect(const char *path, int *ret_fd)
{
	auto_socket s = { .dir_fd = -1, .fd = -1 };

	TRY(fs_socket_open(&s, path));
	if (connect(s.fd, (struct sockaddr *)&s.address, sizeof(s.address)) < 0) {
		if (errno == ECONNREFUSED)
			return err_errno(ERR_NETWORK, "cannot connect to '%s'", path);
		return fs_fail("connect to", path);
	}
	*ret_fd = fs_socket_take(&s);
	return NULL;
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
