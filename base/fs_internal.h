/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of base/fs. */
#ifndef BASE_FS_INTERNAL_H
#define BASE_FS_INTERNAL_H

#include "base/err.h"

/* "cannot VERB 'path': reason" from errno, with a hint where the reason has a known remedy. */
struct err *fs_fail(const char *verb, const char *path) MUST_USE;

/* The folder that holds path ("." for a bare name); the caller frees. */
char *fs_parent(const char *path);
/* The last part of path. Borrowed. */
const char *fs_base(const char *path);

/* The new file at `made`, behind fd, is as much somebody's as the one at path that it is to replace; where none is, as its folder. */
void fs_own_as(int fd, const char *made, const char *path);

#endif
