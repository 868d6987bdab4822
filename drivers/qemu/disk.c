/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/disk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"

#define MIB ((uint64_t)1024 * 1024)
#define QEMU_IMG_HINT "Install it: sudo apt install qemu-utils"

/* Magic at 0, size at 24, big endian (QEMU's docs/interop/qcow2.txt). */
struct err *qemu_disk_size(const char *path, uint64_t *ret)
{
	unsigned char head[32];
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;

	if (fd < 0)
		return err_errno(ERR_FAILED, "cannot read '%s'", path);
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) || memcmp(head, "QFI\xfb", 4) != 0)
		return err_new(ERR_FAILED, "'%s' is no qcow2 image", path);
	for (int i = 24; i < 32; i++)
		size = size << 8 | head[i];
	*ret = size;
	return NULL;
}

static struct err *disk_qemu_img(const char *const *argv)
{
	auto_proc p = { PROC_INIT, .argv = argv, .missing_hint = QEMU_IMG_HINT };

	return proc_run(&p);
}

struct err *qemu_disk_create(const char *image_disk, const char *path, int64_t size_mib)
{
	auto_free char *size = xasprintf("%" PRId64 "M", size_mib);
	const char *grow[] = { "qemu-img", "resize", "-q", "-f", "qcow2", path, size, NULL };
	const char *make[] = { "qemu-img", "create", "-q", "-f", "qcow2", path, size, NULL };
	uint64_t have = 0, want = (uint64_t)size_mib * MIB;

	TRY(fs_remove_tree(path));
	if (image_disk)
		TRY(err_hint(qemu_disk_size(image_disk, &have), "Build the image again: make image"));
	/* The default of 20000 MiB is docker-machine's; the image has 20 GiB, and nobody misses the difference. */
	if (want + want / 20 < have || !image_disk) {
		TRY(err_wrap(disk_qemu_img(make), "cannot make disk '%s'", path));
		return chmod(path, 0600) < 0 ? err_errno(ERR_FAILED, "cannot protect '%s'", path) : NULL;
	}
	TRY(err_wrap(fs_copy(image_disk, path, 0600), "cannot make disk '%s'", path));
	if (want > have)
		TRY(err_wrap(disk_qemu_img(grow), "cannot grow disk '%s'", path));
	return NULL;
}
