/* SPDX-License-Identifier: Apache-2.0 */
#include "init/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.h"
#include "init/event.h"
#include "lib/file.h"
#include "lib/say.h"

static void root_mount(const char *what, const char *where, const char *type, unsigned long flags, const char *options)
{
	dir_make(where, 0755);
	/* devtmpfs may be there already: the kernel can mount it itself. */
	if (mount(what, where, type, flags, options) != 0 && errno != EBUSY)
		say("mount %s: %s", where, strerror(errno));
}

void root_early(void)
{
	int fd;

	root_mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
	root_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	root_mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	root_mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd >= 0) {
		for (int i = 0; i < 3; i++)
			dup2(fd, i);
		if (fd > 2)
			close(fd);
	}
}

/* Large read-ahead on the disk of the root: the engine's big programs come in with few requests. */
static void root_read_ahead(const char *device)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/block/%.40s/queue/read_ahead_kb", device + strlen("/dev/"));
	file_put(path, "4096");
}

static const char *root_loop(const char *file)
{
	struct loop_config config = { .info = { .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR } };
	int back = open(file, O_RDONLY | O_CLOEXEC), fd = open("/dev/loop0", O_RDONLY | O_CLOEXEC);
	int bad = -1;

	if (back >= 0 && fd >= 0) {
		config.fd = (unsigned)back;
		bad = ioctl(fd, LOOP_CONFIGURE, &config);
	}
	if (back >= 0)
		close(back);
	/* fd stays open until the mount holds the device: AUTOCLEAR would undo it at the last
	 * close. */
	return bad == 0 ? "/dev/loop0" : NULL;
}

static bool root_copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0400);
	ssize_t n = -1;
	struct stat st;

	if (in >= 0 && out >= 0 && fstat(in, &st) == 0)
		for (off_t left = st.st_size; left > 0; left -= n)
			if ((n = sendfile(out, in, NULL, 4 << 20)) <= 0)
				break;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return n > 0;
}

/*
 * A drive may say that its medium was changed, and Linux refuses all reads then until it is opened anew. VirtualBox's does
 * whenever a saved machine goes on (7.2: "Not ready to ready change, medium may have changed"). So what a CD has is read
 * once, into memory, as boot2docker did. Where there is no room for it, it stays where it is.
 */
static const char *root_from_cd(void)
{
	static const char copy[] = "/m/ram/root";
	const char *loop = NULL;

	root_mount("tmpfs", "/m/ram", "tmpfs", 0, "mode=0700,size=50%");
	if (root_copy("/m/cd/" GUEST_ISO_ROOT, copy))
		loop = root_loop(copy);
	if (loop) {
		umount("/m/cd");
		return loop;
	}
	say("the root stays on the CD: no room for it in memory");
	umount("/m/ram");
	return root_loop("/m/cd/" GUEST_ISO_ROOT);
}

static const char *root_mount_iso(const char *device)
{
	bool is_cd = strncmp(device, "/dev/sr", strlen("/dev/sr")) == 0;
	const char *loop;

	root_read_ahead(device);
	dir_make("/m/cd", 0755);
	if (mount(device, "/m/cd", "iso9660", MS_RDONLY, NULL) != 0)
		return "cannot mount the CD";
	loop = is_cd ? root_from_cd() : root_loop("/m/cd/" GUEST_ISO_ROOT);
	if (!loop)
		return "cannot attach the root on the CD";
	root_read_ahead(loop);
	if (mount(loop, "/m/lower", "squashfs", MS_RDONLY, NULL) != 0)
		return "cannot mount the root on the CD";
	return NULL;
}

static const char *root_mount_lower(struct disks *d)
{
	dir_make("/m/lower", 0755);
	if (!d->root[0])
		return root_mount_iso(d->iso);
	root_read_ahead(d->root);
	if (mount(d->root, "/m/lower", "erofs", MS_RDONLY, NULL) != 0)
		return "cannot mount the root";
	return NULL;
}

static const char *root_overlay(void)
{
	root_mount("tmpfs", "/m/upper", "tmpfs", 0, "mode=0755,size=50%");
	dir_make("/m/upper/up", 0755);
	dir_make("/m/upper/work", 0755);
	dir_make("/m/root", 0755);
	if (mount("overlay", "/m/root", "overlay", 0, "lowerdir=/m/lower,upperdir=/m/upper/up,workdir=/m/upper/work") !=
	    0)
		return "cannot mount the overlay";
	return NULL;
}

const char *root_enter(struct disks *d)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys", "/run" };
	const char *bad = root_mount_lower(d);
	char where[32];

	if (!bad)
		bad = root_overlay();
	if (bad)
		return bad;
	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		snprintf(where, sizeof(where), "/m/root%s", moved[i]);
		dir_make(where, 0755);
		if (mount(moved[i], where, NULL, MS_MOVE, NULL) != 0)
			return "cannot move a mount into the root";
	}
	unlink("/init"); /* its pages live as long as we run, its name is of no use */
	if (chdir("/m/root") != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0)
		return "cannot move into the root";
	return NULL;
}

static void root_cgroup(void)
{
	char have[512], *rest = have, *name, word[64];

	root_mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, "nsdelegate");
	if (!file_line("/sys/fs/cgroup/cgroup.controllers", have, sizeof(have)))
		return;
	/* One at a time: one controller that cannot be had must not cost the others. */
	while ((name = strsep(&rest, " "))) {
		snprintf(word, sizeof(word), "+%.60s", name);
		if (*name)
			file_put("/sys/fs/cgroup/cgroup.subtree_control", word);
	}
}

void root_settle(void)
{
	root_mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666");
	root_mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	root_mount("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	root_mount("bpf", "/sys/fs/bpf", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700");
	root_cgroup();
	/* The engine shares mounts with containers when they ask for it; private propagation would
	 * refuse that. */
	mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL);
	if (symlink("/proc/self/fd", "/dev/fd") != 0 && errno != EEXIST)
		event_warning("no /dev/fd: %s", strerror(errno));
	dir_make("/run/lock", 01777);
	chmod("/run/lock", 01777);
	dir_make("/run/sshd", 0755);
	dir_make(GUEST_RUN_DIR, 0755);
	dir_make(GUEST_IDENTITY_DIR, 0700);
	dir_make("/tmp", 01777);
	chmod("/tmp", 01777);
}
