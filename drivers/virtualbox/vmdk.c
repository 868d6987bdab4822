/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/vmdk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/vm/ids.h"
#include "guest/contract.h"

#define SECTOR 512
#define TAR_BLOCK 512

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

/* One header of POSIX ustar (pax(1)), with the content behind it. type: '0' a file, '5' a folder. */
static void tar_add(struct str *s, const char *name, unsigned mode, char type, const char *content)
{
	char block[TAR_BLOCK] = { 0 };
	size_t len = strlen(content);
	unsigned sum = 0;

	snprintf(block, 100, "%s", name);
	snprintf(block + 100, 8, "%07o", mode);
	snprintf(block + 108, 8, "%07o", 0U); /* owner */
	snprintf(block + 116, 8, "%07o", 0U); /* group */
	snprintf(block + 124, 12, "%011o", (unsigned)len);
	snprintf(block + 136, 12, "%011o", 0U); /* time */
	memset(block + 148, ' ', 8);		/* the sum counts itself as blanks */
	block[156] = type;
	snprintf(block + 257, 6, "ustar");
	block[263] = block[264] = '0'; /* its version */
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	str_add_mem(s, block, sizeof(block));
	str_add_mem(s, content, len);
	while (s->len % TAR_BLOCK)
		str_add_char(s, '\0');
}

void vmdk_format_me(struct str *s, const char *public_key)
{
	const char end[2 * TAR_BLOCK] = { 0 };

	tar_add(s, GUEST_FORMAT_ME, 0, '0', GUEST_FORMAT_ME);
	tar_add(s, ".ssh", 0700, '5', "");
	tar_add(s, ".ssh/authorized_keys", 0644, '0', public_key);
	tar_add(s, ".ssh/authorized_keys2", 0644, '0', public_key);
	str_add_mem(s, end, sizeof(end));
}
