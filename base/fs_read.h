/* SPDX-License-Identifier: Apache-2.0 */
/* What is there: whole reads with a limit, lists, free space. */
#ifndef BASE_FS_READ_H
#define BASE_FS_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

bool fs_exists(const char *path);
bool fs_is_dir(const char *path);

/* Read a regular file of at most max bytes. ERR_NOT_FOUND when there is none. The caller frees *ret; *ret_len may be NULL. */
struct err *fs_read(const char *path, size_t max, char **ret, size_t *ret_len) MUST_USE;

/* Names in a folder, sorted bytewise, without "." and "..". A missing folder is an empty list. */
struct err *fs_list(const char *path, struct list *ret) MUST_USE;

/* Free bytes for an ordinary user on the file system that holds path (or its nearest existing parent). */
struct err *fs_free_bytes(const char *path, uint64_t *ret) MUST_USE;

#endif
