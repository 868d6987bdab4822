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
#include "drivers/vm/disk_plan.h"

static struct err *disk_qemu_img(const char *const *argv)
{
	auto_proc p = { PROC_INIT, .argv = argv, .missing_package = "qemu-utils" };

	return proc_run(&p);
}

struct err *qemu_disk_grow(const char *path, int64_t size_mib)
{
	auto_free char *size = xasprintf("%" PRId64 "M", size_mib);
	const char *grow[] = { "qemu-img", "resize", "-q", "-f", "qcow2", path, size, NULL };
	uint64_t have = 0;

	TRY(disk_size(path, &have));
	if (have >= (uint64_t)size_mib * 1024 * 1024)
		return NULL;
	return err_wrap(disk_qemu_img(grow), "cannot grow disk '%s'", path);
}

struct err *qemu_disk_create(const char *image_disk, const char *path, int64_t size_mib)
{
	auto_free char *size = xasprintf("%" PRId64 "M", size_mib);
	const char *make[] = { "qemu-img", "create", "-q", "-f", "qcow2", path, size, NULL };
	struct disk_plan plan;

	TRY(fs_remove_tree(path));
	TRY(disk_plan(image_disk, size_mib, &plan));
	if (plan.blank) {
		TRY(err_wrap(disk_qemu_img(make), "cannot make disk '%s'", path));
		fs_own(path);
		return chmod(path, 0600) < 0 ? err_errno(ERR_FAILED, "cannot protect '%s'", path) : NULL;
	}
	TRY(err_wrap(fs_copy(image_disk, path, 0600), "cannot make disk '%s'", path));
	return plan.grow ? qemu_disk_grow(path, size_mib) : NULL;
}
