/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/vmdk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/vm/ids.h"

#define SECTOR 512

void vmdk_descriptor(struct str *s, const char *extent, int64_t mib, const char *uuid)
{
	str_add(s,
		"# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n");
	str_addf(s, "RW %" PRId64 " FLAT \"%s\" 0\n", mib * 1024 * 1024 / SECTOR, extent);
	str_addf(s, "ddb.virtualHWVersion=\"4\"\nddb.adapterType=\"ide\"\nddb.uuid.image=\"%s\"\n", uuid);
}

static struct err *vmdk_extent(const char *path, int64_t mib, const struct str *begin)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(ERR_FAILED, "cannot make the disk '%s'", path);
	fs_own_fd(fd, path);
	for (size_t at = 0; begin && at < begin->len;) {
		ssize_t n = pwrite(fd, begin->buf + at, begin->len - at, (off_t)at);

		if (n <= 0)
			return err_errno(ERR_FAILED, "cannot write to the disk '%s'", path);
		at += (size_t)n;
	}
	return ftruncate(fd, (off_t)(mib * 1024 * 1024)) < 0 ? err_errno(ERR_FAILED, "cannot make the disk '%s'", path)
							     : NULL;
}

struct err *vmdk_make(const char *descriptor, const char *extent, int64_t mib, const struct str *begin)
{
	const char *slash = strrchr(extent, '/');
	auto_free char *uuid = NULL;
	auto_str text = STR_INIT;

	TRY(vm_random_uuid(&uuid));
	TRY(vmdk_extent(extent, mib, begin));
	vmdk_descriptor(&text, slash ? slash + 1 : extent, mib, uuid);
	return fs_write(descriptor, text.buf, text.len, 0600);
}
