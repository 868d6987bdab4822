/* SPDX-License-Identifier: Apache-2.0 */
/* Writes that are there whole or not at all. */
#ifndef BASE_FS_WRITE_H
#define BASE_FS_WRITE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Write a file through a dot-named temporary one in the same folder: fsync, rename, fsync of the folder.
 * mode is exact (no umask). A file that is replaced keeps its owner and group. A full disk leaves the old file and no
 * temporary one.
 */
struct err *fs_write(const char *path, const void *data, size_t len, mode_t mode) MUST_USE;
/*
 * The same for a file that others care for too: it keeps its mode, and where path is a link, what that leads to is written.
 * mode is for a new file. ERR_FAILED when the link leads nowhere; for root, also when a user's link leads to what is not that
 * user's.
 */
struct err *fs_replace(const char *path, const void *data, size_t len, mode_t mode) MUST_USE;
/*
 * Remove the temporary files that killed processes left in a folder: those that nobody writes any more and that are older
 * than FS_LEFT_S seconds. They may hold keys. What cannot be removed stays, in silence.
 */
#define FS_LEFT_S 10
void fs_sweep(const char *dir);
/*
 * Reflink where possible, sparse kept; in place whole or not at all. Without fsync, which takes long for a disk: the first
 * flush of whoever goes on writing to the copy covers it.
 */
struct err *fs_copy(const char *from, const char *to, mode_t mode) MUST_USE;

/* What was made, renamed or removed in the folder survives a power cut. */
struct err *fs_sync_dir(const char *path) MUST_USE;

#endif
