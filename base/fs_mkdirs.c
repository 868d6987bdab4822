/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_mkdirs.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs_fail.h"
#include "base/fs_folder.h"
#include "base/fs_own.h"
#include "base/fs_path.h"
#include "base/fs_read.h"
#include "base/mem.h"

static bool fs_mkdir(const char *path, mode_t mode)
{
	auto_free char *parent = fs_parent(path);
	auto_close int dir = *fs_base(path) ? fs_folder(parent) : -1;

	/* "a/" names what it ends in, which fs_folder has no way to say. */
	if (*fs_base(path) ? dir < 0 || mkdirat(dir, fs_base(path), mode) < 0 : mkdir(path, mode) < 0)
		return false;
	fs_own(path);
	return true;
}

struct err *fs_mkdirs(const char *path, mode_t mode)
{
	if (fs_mkdir(path, mode))
		return NULL;
	if (errno == EEXIST || errno == EISDIR) {
		if (fs_is_dir(path))
			return NULL;
		errno = ENOTDIR;
	} else if (errno == ENOENT) {
		auto_free char *parent = fs_parent(path);

		/* "a//b" and "a/" have parents that name the same folder; it ends at "/" or ".". */
		if (strlen(parent) < strlen(path) && *path) {
			TRY(fs_mkdirs(parent, mode));
			if (fs_mkdir(path, mode) || (errno == EEXIST && fs_is_dir(path)))
				return NULL;
		}
	}
	return fs_fail("make folder", path);
}
