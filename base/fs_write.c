/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are there whole or not at all. */
#include "base/fs_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs_fail.h"
#include "base/fs_folder.h"
#include "base/fs_own.h"
#include "base/fs_path.h"
#include "base/fs_read.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"

/* Dot-named, so that those who list the folder skip it; short, so that a long name still fits. */
#define TEMPORARY ".tmp-"

/* A file on its way to its place. The folder is held, so that nobody puts another into its place meanwhile. */
struct fs_new {
	int dir, fd;
	char temporary[sizeof(TEMPORARY "XXXXXX")]; /* its name there; "" before it is there and once it is in place */
};
#define FS_NEW_INIT                                                                                                    \
	{                                                                                                              \
		.dir = -1, .fd = -1                                                                                    \
	}

static void fs_new_release(struct fs_new *f)
{
	if (f->temporary[0])
		unlinkat(f->dir, f->temporary, 0);
	mem_closep(&f->fd);
	mem_closep(&f->dir);
}
#define auto_new __attribute__((cleanup(fs_new_release))) struct fs_new

/* A file with a name that nobody has; mode 0600, since what is in it may be secret. */
static int fs_new_make(int dir, char name[])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	unsigned char bytes[6];
	int fd = -1;

	for (int tries = 0; fd < 0 && tries < 100; tries++) {
		auto_err *none = random_bytes(bytes, sizeof(bytes));

		if (none)
			return -1;
		strcpy(name, TEMPORARY);
		for (size_t i = 0; i < sizeof(bytes); i++)
			name[i + sizeof(TEMPORARY) - 1] = letters[bytes[i] % (sizeof(letters) - 1)];
		name[sizeof(TEMPORARY "XXXXXX") - 1] = '\0';
		fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

static struct err *fs_new_open(struct fs_new *f, const char *path, mode_t mode)
{
	auto_free char *dir = fs_parent(path), *made = NULL;

	f->dir = fs_folder(dir);
	f->fd = f->dir < 0 ? -1 : fs_new_make(f->dir, f->temporary);
	if (f->fd < 0) {
		f->temporary[0] = '\0';
		return fs_fail("write", path);
	}
	/* For fs_sweep; a file system without locks has the age to go by. */
	(void)flock(f->fd, LOCK_EX | LOCK_NB);
	made = fs_join(dir, f->temporary);
	fs_own_as(f->fd, made, path);
	/* The exact mode before the first byte, whatever the umask is; after the owner, whose change may take bits away. */
	return fchmod(f->fd, mode) < 0 ? fs_fail("write", path) : NULL;
}

static bool fs_is_left(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime >= FS_LEFT_S &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

void fs_sweep(const char *dir)
{
	auto_close int folder = fs_folder(dir);
	auto_list entries = { 0 };

	if (folder >= 0)
		IGNORE(fs_list(dir, &entries));
	for (size_t i = 0; i < entries.n; i++) {
		const char *name = entries.items[i];

		if (str_starts(name, TEMPORARY) && strlen(name) == sizeof(TEMPORARY "XXXXXX") - 1 &&
		    fs_is_left(folder, name))
			unlinkat(folder, name, 0);
	}
}

static struct err *fs_new_place(struct fs_new *f, const char *path)
{
	int fd = f->fd;

	f->fd = -1;
	/* Some file systems tell of a full disk or a quota at close only. */
	if (close(fd) < 0 && errno != EINTR)
		return fs_fail("write", path);
	if (renameat(f->dir, f->temporary, f->dir, fs_base(path)) < 0)
		return fs_fail("write", path);
	f->temporary[0] = '\0';
	return NULL;
}

static bool fs_sync(int dir)
{
	/* EINVAL: the file system has no fsync for folders. */
	return dir >= 0 && (fsync(dir) == 0 || errno == EINVAL);
}

struct err *fs_sync_dir(const char *path)
{
	auto_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fs_sync(dir) ? NULL : fs_fail("write", path);
}

static struct err *fs_new_commit(struct fs_new *f, const char *path)
{
	if (fsync(f->fd) < 0)
		return fs_fail("write", path);
	TRY(fs_new_place(f, path));

	auto_close int dir = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fs_sync(dir) ? NULL : fs_fail("write", path);
}

static struct err *fs_write_all(int fd, const char *data, size_t len, const char *path)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fs_fail("write", path);
		data += n;
		len -= (size_t)n;
	}
	return NULL;
}

struct err *fs_write(const char *path, const void *data, size_t len, mode_t mode)
{
	auto_new f = FS_NEW_INIT;

	TRY(fs_new_open(&f, path, mode));
	TRY(fs_write_all(f.fd, data, len, path));
	return fs_new_commit(&f, path);
}

/* Of root alone: a link of a user's leads root to that user's own files. As the kernel's protected_symlinks in /tmp. */
static bool fs_is_lure(const char *path, const struct stat *target)
{
	struct stat link;

	return geteuid() == 0 && lstat(path, &link) == 0 && S_ISLNK(link.st_mode) && link.st_uid != 0 &&
	       link.st_uid != target->st_uid;
}

struct err *fs_replace(const char *path, const void *data, size_t len, mode_t mode)
{
	auto_free char *real = realpath(path, NULL);
	struct stat st;

	if (!real && fs_exists(path))
		return err_hint(err_errno(ERR_FAILED, "cannot write '%s', a link that leads nowhere", path),
				"See where it leads: ls -l '%s'. Remove it, or make the file.", path);
	if (real && stat(real, &st) == 0) {
		if (fs_is_lure(path, &st))
			return err_hint(err_new(ERR_FAILED,
						"cannot write '%s', a user's link that leads to somebody else's file",
						path),
					"See where it leads: ls -lL '%s'. Run the command as that user.", path);
		mode = st.st_mode & 07777;
	}
	return fs_write(real ? real : path, data, len, mode);
}

struct fs_copy {
	const char *from_path, *to_path;
	int from, to;
	bool by_hand; /* copy_file_range does not work here */
};

/* By read and write, for file systems between which the kernel cannot copy. Sets *ret to what was copied. */
static struct err *fs_copy_by_hand(const struct fs_copy *c, off_t at, size_t len, ssize_t *ret)
{
	static const size_t size = 256 * 1024;
	auto_free char *buf = xcalloc(1, size);
	ssize_t n;

	do
		n = pread(c->from, buf, len < size ? len : size, at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fs_fail("read", c->from_path);
	if (lseek(c->to, at, SEEK_SET) < 0)
		return fs_fail("write", c->to_path);
	TRY(fs_write_all(c->to, buf, (size_t)n, c->to_path));
	*ret = n;
	return NULL;
}

static struct err *fs_copy_part(struct fs_copy *c, off_t at, off_t end)
{
	/* So much at once that an interrupt is heard within a moment. */
	static const off_t most = 16 << 20;

	while (at < end) {
		size_t len = (size_t)(end - at < most ? end - at : most);
		off_t in = at, out = at;
		ssize_t n = -1;

		TRY(interrupt_check());
		if (!c->by_hand) {
			n = copy_file_range(c->from, &in, c->to, &out, len, 0);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO))
				return fs_fail("write", c->to_path);
			/* 0 comes from some kernels for files of /proc: let read say whether it is the end. */
			c->by_hand = n <= 0;
		}
		if (c->by_hand)
			TRY(fs_copy_by_hand(c, at, len, &n));
		if (n == 0)
			return err_new(ERR_FAILED, "cannot copy '%s': it shrank meanwhile", c->from_path);
		at += n;
	}
	return NULL;
}

/* The parts that hold data; the holes between them stay holes. */
static struct err *fs_copy_data(struct fs_copy *c, off_t size)
{
	for (off_t at = 0; at < size;) {
		off_t data = lseek(c->from, at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break;
		/* No holes known here: all of it is data. */
		if (data < 0)
			return fs_copy_part(c, at, size);
		hole = lseek(c->from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		TRY(fs_copy_part(c, data, hole));
		at = hole;
	}
	return NULL;
}

struct err *fs_copy(const char *from, const char *to, mode_t mode)
{
	auto_close int source = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	auto_new f = FS_NEW_INIT;
	struct stat st;

	if (source < 0 || fstat(source, &st) < 0)
		return fs_fail("read", from);
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_FAILED, "cannot read '%s': not a regular file", from);
	TRY(fs_new_open(&f, to, mode));
	if (ioctl(f.fd, FICLONE, source) < 0) {
		struct fs_copy copy = { .from_path = from, .to_path = to, .from = source, .to = f.fd };

		if (ftruncate(f.fd, st.st_size) < 0)
			return fs_fail("write", to);
		TRY(fs_copy_data(&copy, st.st_size));
	}
	return fs_new_place(&f, to);
}
