/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/disk_plan.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define MIB ((uint64_t)1024 * 1024)

/* Magic at 0, size at 24, big endian (QEMU's docs/interop/qcow2.txt). */
struct err *disk_size(const char *path, uint64_t *ret)
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

struct err *disk_plan(const char *image_disk, int64_t size_mib, struct disk_plan *ret)
{
	uint64_t have = 0, want = (uint64_t)size_mib * MIB;

	if (image_disk)
		TRY(err_hint(disk_size(image_disk, &have), "Build the image again: make image"));
	/* The default of 20000 MiB is docker-machine's; the image has 20 GiB, and nobody misses the difference. */
	ret->blank = want + want / 20 < have || !image_disk;
	ret->grow = !ret->blank && want > have;
	ret->bytes = ret->blank || ret->grow ? want : have;
	return NULL;
}
