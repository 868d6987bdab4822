/* SPDX-License-Identifier: Apache-2.0 */
/* Making folders. */
#ifndef BASE_FS_MKDIRS_H
#define BASE_FS_MKDIRS_H

#include <sys/types.h>

#include "base/err.h"

struct err *fs_mkdirs(const char *path, mode_t mode) MUST_USE; /* with parents; fine when it is there */

#endif
