/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/iso.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "guest/contract.h"

/* ECMA-119: the primary volume descriptor is sector 16; its identifier stands at byte 1, the volume's name at byte 40. */
#define DESCRIPTOR (16 * 2048)

struct err *iso_is_ours(const char *path, bool *ret)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char block[72];

	if (fd < 0)
		return err_errno(ERR_FAILED, "cannot read '%s'", path);
	if (pread(fd, block, sizeof(block), DESCRIPTOR) != (ssize_t)sizeof(block) || memcmp(block + 1, "CD001", 5) != 0)
		return err_hint(err_new(ERR_FAILED, "'%s' is no ISO", path),
				"Name one: --virtualbox-boot2docker-url FILE.iso");
	*ret = strncmp(block + 40, GUEST_ISO_VOLUME, strlen(GUEST_ISO_VOLUME)) == 0;
	return NULL;
}
