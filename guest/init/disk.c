/* SPDX-License-Identifier: Apache-2.0 */
#include "init/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "contract.h"
#include "lib/clock.h"
#include "lib/file.h"

#define DISK_SMALLEST (64LL * 1024 * 1024) /* of a disk that may be formatted */

static bool disk_blank(const unsigned char *head, size_t len)
{
	return len > 0 && head[0] == 0 && memcmp(head, head + 1, len - 1) == 0;
}

/* A fixed field that ends with NUL or blanks, as volume ids do. */
static bool disk_label(const unsigned char *field, size_t size, const char *want)
{
	size_t len = strlen(want);

	if (memcmp(field, want, len) != 0)
		return false;
	for (; len < size; len++) {
		if (field[len] == '\0')
			return true;
		if (field[len] != ' ')
			return false;
	}
	return true;
}

enum disk_role disk_classify(const unsigned char *head, size_t len)
{
	static const unsigned char erofs[] = { 0xe2, 0xe1, 0xf5, 0xe0 };
	const unsigned char *super = head + 1024, *volume = head + 32768;

	if (len >= 32768 + 2048 && memcmp(volume, "\1CD001", 6) == 0) {
		if (disk_label(volume + 40, 32, GUEST_ISO_VOLUME))
			return DISK_ISO;
		if (disk_label(volume + 40, 32, GUEST_SEED_VOLUME))
			return DISK_SEED;
	}
	if (len < 2048)
		return DISK_OTHER;
	if (memcmp(super, erofs, 4) == 0)
		return disk_label(super + 64, 16, GUEST_ROOT_VOLUME) ? DISK_ROOT : DISK_OTHER;
	if (super[56] == 0x53 && super[57] == 0xef)
		return disk_label(super + 120, 16, GUEST_DATA_LABEL) ? DISK_DATA : DISK_OTHER;
	if (memcmp(head, GUEST_FORMAT_ME, strlen(GUEST_FORMAT_ME)) == 0)
		return DISK_FORMAT_ME;
	return len == DISK_HEAD && disk_blank(head, len) ? DISK_BLANK : DISK_OTHER;
}

static enum disk_role disk_look(const char *path)
{
	static unsigned char head[DISK_HEAD]; /* only one thread looks at disks */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum disk_role role = DISK_OTHER;
	ssize_t n;

	if (fd < 0)
		return role; /* a drive without a medium, for one */
	n = pread(fd, head, DISK_PEEK, 0);
	if (n > 0)
		role = disk_classify(head, (size_t)n);
	if (role == DISK_OTHER && n == DISK_PEEK && disk_blank(head, DISK_PEEK)) {
		n = pread(fd, head, DISK_HEAD, 0);
		if (n == DISK_HEAD)
			role = disk_classify(head, DISK_HEAD);
	}
	close(fd);
	return role;
}

static long long disk_number(const char *name, const char *attribute)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/class/block/%.40s/%s", name, attribute);
	return file_line(path, text, sizeof(text)) ? atoll(text) : -1;
}

/* Formatting destroys: only a whole, writable, fixed disk of a sensible size without partitions is
 * a candidate. */
static bool disk_may_format(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/block/%.40s/partition", name);
	if (access(path, F_OK) == 0)
		return false;
	return disk_number(name, "ro") == 0 && disk_number(name, "removable") == 0 &&
	       disk_number(name, "size") * 512 >= DISK_SMALLEST;
}

/* The best data disk wins whatever the order: labelled, then marked for formatting, then blank. */
static void disk_take_data(struct disks *d, const char *name, const char *path, enum disk_role role)
{
	if (d->data[0] && d->data_role <= role)
		return;
	if (role == DISK_DATA ? disk_number(name, "ro") != 0 : !disk_may_format(name))
		return;
	snprintf(d->data, sizeof(d->data), "%s", path);
	d->data_role = role;
}

static void disk_take(struct disks *d, const char *name)
{
	char path[64];
	enum disk_role role;

	snprintf(path, sizeof(path), "/dev/%.40s", name);
	role = disk_look(path);
	if (role == DISK_ROOT && !d->root[0])
		snprintf(d->root, sizeof(d->root), "%s", path);
	else if (role == DISK_ISO && !d->iso[0])
		snprintf(d->iso, sizeof(d->iso), "%s", path);
	else if (role == DISK_SEED && !d->seed[0])
		snprintf(d->seed, sizeof(d->seed), "%s", path);
	else if (role >= DISK_DATA)
		disk_take_data(d, name, path, role);
}

void disk_scan(struct disks *d)
{
	static const char *const never[] = { "loop", "ram", "zram", "nbd", "fd", "dm-", "md" };
	DIR *dir = opendir("/sys/class/block");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		bool skip = e->d_name[0] == '.';

		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			skip |= strncmp(e->d_name, never[i], strlen(never[i])) == 0;
		if (!skip)
			disk_take(d, e->d_name);
	}
	if (dir)
		closedir(dir);
}

static int disk_uevents(void)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&nl, sizeof(nl)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool disk_wait_root(struct disks *d, int64_t deadline)
{
	int fd;

	/* Loading a module waits for the disks that it finds, so that the first look nearly always
	 * suffices. */
	disk_scan(d);
	if (d->root[0] || d->iso[0])
		return true;
	fd = disk_uevents();
	disk_scan(d); /* what came before the socket was open */
	while (!d->root[0] && !d->iso[0] && clock_left(deadline) > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char event[4096];

		if (poll(&p, fd >= 0, clock_left(deadline)) > 0) {
			while (recv(fd, event, sizeof(event), 0) > 0)
				;
			disk_scan(d);
		}
	}
	if (fd >= 0)
		close(fd);
	return d->root[0] || d->iso[0];
}
