/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fs_fail.h"
#include "base/fs_folder.h"
#include "base/fs_own.h"
#include "base/fs_path.h"
#include "base/mem.h"

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

	s->dir_fd = fs_folder(dir);
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
	if (fstatat(s.dir_fd, fs_base(path), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode))
		unlinkat(s.dir_fd, fs_base(path), 0);
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
