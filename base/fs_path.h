/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as texts. */
#ifndef BASE_FS_PATH_H
#define BASE_FS_PATH_H

#include "base/err.h"

/* "a/b" from "a" and "b"; the caller frees. */
char *fs_join(const char *dir, const char *name);
/* The absolute form without asking the file system for links; the caller frees. */
struct err *fs_absolute(const char *path, char **ret) MUST_USE;
/* $HOME, else the password database; never NULL on success; the caller frees. */
struct err *fs_home(char **ret) MUST_USE;

/* The folder that holds path ("." for a bare name); the caller frees. */
char *fs_parent(const char *path);
/* The last part of path. Borrowed. */
const char *fs_base(const char *path);

#endif
