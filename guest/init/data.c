/* SPDX-License-Identifier: Apache-2.0 */
#include "init/data.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "contract.h"
#include "init/event.h"
#include "init/module.h"
#include "init/run.h"
#include "lib/file.h"

#define DATA_TAR_MAX (64 * 1024)
#define DATA_FORMAT_MS (10 * 60 * 1000)
#define DATA_LITTLE (32 << 20) /* the engine and containerd open their data bases, a container its log */
#define DATA_CHECK_MS (60 * 60 * 1000)
#define EXT4_RESIZE _IOW('f', 16, __u64) /* EXT4_IOC_RESIZE_FS: no header for user space has it */

static const struct {
	const char *from; /* below DATA_DIR */
	const char *to;
	mode_t mode;
} data_binds[] = {
	{ DATA_DIR "/docker", "/var/lib/docker", 0710 },
	{ DATA_DIR "/containerd", "/var/lib/containerd", 0711 },
	{ DATA_DIR "/boot2docker", "/var/lib/boot2docker", 0755 },
};

const char *data_tar_find(const char *tar, size_t len, const char *name, size_t *ret_len)
{
	size_t at = 0;

	while (at + 512 <= len && tar[at]) {
		size_t size = 0;

		/* The size is octal, at 124, of at most 11 digits. */
		for (size_t i = 124; i < 135 && tar[at + i] >= '0' && tar[at + i] <= '7'; i++)
			size = size * 8 + (size_t)(tar[at + i] - '0');
		if (size > len - at - 512)
			return NULL;
		if (strncmp(tar + at, name, 100) == 0) {
			*ret_len = size;
			return tar + at + 512;
		}
		at += 512 + (size + 511) / 512 * 512;
	}
	return NULL;
}

/* boot2docker's header is a tar archive with the keys of the one who made the disk. */
static size_t data_header_keys(const char *device, char *keys, size_t size)
{
	static char tar[DATA_TAR_MAX];
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, tar, sizeof(tar)) : -1;
	size_t len = 0;
	const char *found = n > 0 ? data_tar_find(tar, (size_t)n, ".ssh/authorized_keys", &len) : NULL;

	if (fd >= 0)
		close(fd);
	if (!found || len >= size)
		return 0;
	memcpy(keys, found, len);
	return len;
}

static const char *data_format(const char *device)
{
	const char *const argv[] = { "mke2fs",
				     "-q",
				     "-F",
				     "-t",
				     "ext4",
				     "-L",
				     GUEST_DATA_LABEL,
				     "-m",
				     "0",
				     "-E",
				     "lazy_itable_init=1,lazy_journal_init=1,nodiscard",
				     device,
				     NULL };

	return run(argv, NULL, DATA_FORMAT_MS) == 0 ? NULL : "cannot format the disk";
}

/* A crash alone needs no check (the journal is replayed by the mount); noted errors do. */
static const char *data_check(const char *device)
{
	const char *const careful[] = { "e2fsck", "-p", device, NULL };
	const char *const thorough[] = { "e2fsck", "-f", "-y", device, NULL };
	unsigned char super[1024];
	int fd = open(device, O_RDONLY | O_CLOEXEC), status;
	ssize_t n = fd >= 0 ? pread(fd, super, sizeof(super), 1024) : -1;

	if (fd >= 0)
		close(fd);
	if (n != sizeof(super))
		return "cannot read the disk";
	if (!(super[58] & 2)) /* s_state, EXT2_ERROR_FS */
		return NULL;
	event_warning("the data disk has errors: checking it");
	status = run(careful, NULL, DATA_CHECK_MS);
	if (status >= 0 && status < 4)
		return NULL;
	event_warning("the data disk needs a thorough check");
	status = run(thorough, NULL, DATA_CHECK_MS);
	return status >= 0 && status < 4 ? NULL : "cannot repair the file system of the disk";
}

static const char *data_bind(void)
{
	for (size_t i = 0; i < sizeof(data_binds) / sizeof(data_binds[0]); i++) {
		dir_make(data_binds[i].from, data_binds[i].mode);
		dir_make(data_binds[i].to, data_binds[i].mode);
		if (mount(data_binds[i].from, data_binds[i].to, NULL, MS_BIND, NULL) != 0)
			return "cannot bind the data disk";
	}
	dir_make("/var/lib/boot2docker/etc/docker", 0755); /* /etc/docker */
	return NULL;
}

static const char *data_tmpfs(void)
{
	event_warning("no data disk: images and containers are lost at power off");
	if (mount("tmpfs", DATA_DIR, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711,size=80%") != 0)
		return "cannot mount a tmpfs";
	return data_bind();
}

bool data_too_little(uint64_t bytes, uint64_t files)
{
	return bytes < DATA_LITTLE || files < 256;
}

bool data_full(char *ret, size_t size)
{
	struct statfs s;

	if (statfs(DATA_DIR, &s) != 0 || s.f_blocks == 0 ||
	    !data_too_little((uint64_t)s.f_bavail * (uint64_t)s.f_bsize, s.f_ffree))
		return false;
	snprintf(ret, size,
		 GUEST_DISK_FULL ": %llu MiB and %llu files are left of %llu MiB; stop the machine and set a larger "
				 "--disk, or remove files over SSH, which works",
		 (unsigned long long)s.f_bavail * (unsigned long long)s.f_bsize >> 20, (unsigned long long)s.f_ffree,
		 (unsigned long long)s.f_blocks * (unsigned long long)s.f_bsize >> 20);
	return true;
}

const char *data_mount(const struct disks *d)
{
	char keys[16384], full[256];
	size_t keys_len = 0;
	const char *bad = NULL;

	dir_make(DATA_DIR, 0711);
	if (!d->data[0])
		return data_tmpfs();
	module_need("ext4"); /* built in, or not among the initrd's modules */
	if (d->data_role == DISK_FORMAT_ME)
		keys_len = data_header_keys(d->data, keys, sizeof(keys));
	bad = d->data_role == DISK_DATA ? data_check(d->data) : data_format(d->data);
	if (bad)
		return bad;
	if (mount(d->data, DATA_DIR, "ext4", MS_NOATIME, "errors=remount-ro") != 0)
		return "cannot mount the disk";
	/* Else later: growing costs time, and only where there is no room the engine needs it. */
	if (data_full(full, sizeof(full)))
		data_grow(d);
	bad = data_bind();
	if (!bad && keys_len > 0) {
		dir_make(DATA_DIR "/boot2docker/userdata", 0700);
		if (file_write(DATA_KEYS, keys, keys_len, 0600) != 0)
			event_warning("cannot keep the keys of the disk's header: %s", strerror(errno));
	}
	return bad;
}

void data_grow(const struct disks *d)
{
	int disk = open(d->data, O_RDONLY | O_CLOEXEC), dir;
	unsigned char super[1024];
	uint64_t bytes = 0, blocks, block;

	if (disk < 0)
		return;
	if (pread(disk, super, sizeof(super), 1024) != sizeof(super) || ioctl(disk, BLKGETSIZE64, &bytes) != 0)
		bytes = 0;
	close(disk);
	/* s_blocks_count_lo and _hi, s_log_block_size: little endian, as is every machine this runs
	 * on. */
	blocks = (uint64_t)super[4] | (uint64_t)super[5] << 8 | (uint64_t)super[6] << 16 | (uint64_t)super[7] << 24 |
		 (uint64_t)super[0x150] << 32;
	block = 1024ULL << (super[24] & 7);
	/* A file system leaves up to a group unused when the rest is too small; less than 16 MiB is
	 * not worth it. */
	if (bytes / block < blocks + 16 * 1024 * 1024 / block)
		return;
	blocks = bytes / block;
	dir = open(DATA_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || ioctl(dir, EXT4_RESIZE, &blocks) != 0)
		event_warning("cannot grow the data disk's file system: %s", strerror(errno));
	if (dir >= 0)
		close(dir);
}

void data_unmount(void)
{
	for (size_t i = 0; i < sizeof(data_binds) / sizeof(data_binds[0]); i++)
		umount2(data_binds[i].to, MNT_DETACH);
	sync();
	if (umount(DATA_DIR) == 0 || errno == EINVAL)
		return;
	/* Somebody holds it still: read-only makes it as clean as an unmount. */
	if (mount(NULL, DATA_DIR, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		event_warning("cannot unmount the data disk: %s", strerror(errno));
}
