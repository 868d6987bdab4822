/* SPDX-License-Identifier: Apache-2.0 */
/* Removal. */
#ifndef BASE_FS_REMOVE_H
#define BASE_FS_REMOVE_H

#include "base/err.h"

/* Remove a file or a whole folder without following links. Fine when it is gone. */
struct err *fs_remove_tree(const char *path) MUST_USE;
/* One file, as unlink(2) does it; by way of fs_folder, so that no user's link leads root to another folder. */
int fs_unlink(const char *path);

#endif
