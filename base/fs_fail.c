/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_fail.h"

#include <errno.h>

struct err *fs_fail(const char *verb, const char *path)
{
	int reason = errno;
	enum err_code code = reason == ENOENT || reason == ENOTDIR ? ERR_NOT_FOUND : ERR_FAILED;
	struct err *err = err_errno(code, "cannot %s '%s'", verb, path);

	switch (reason) {
	case ENOSPC:
	case EDQUOT:
		return err_hint(err, "Free some space on the file system that holds '%s', then try again.", path);
	case EFBIG:
		return err_hint(err, "Raise the limit for the size of files (ulimit -f), then try again.");
	case EROFS:
		return err_hint(err, "The file system is mounted read-only. Choose a folder that can be written.");
	case EACCES:
	case EPERM:
		return err_hint(err, "See who owns it and who may write: ls -ld '%s'", path);
	case ELOOP:
		return err_hint(
			err,
			"A link on the way leads in a circle, or is a user's and leads to what is not that user's: "
			"namei -l '%s'",
			path);
	case EMFILE:
		return err_hint(err, "Raise the limit for open files (ulimit -n), then try again.");
	default:
		return err;
	}
}
