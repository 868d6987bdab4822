/* SPDX-License-Identifier: Apache-2.0 */
/* Paths, folders and whole reads with a limit. It brings along the other headers of files, which most of its users need. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/fs_lock.h"
#include "base/fs_own.h"
#include "base/fs_remove.h"
#include "base/fs_socket.h"
#include "base/fs_write.h"
#include "base/list.h"
#include "base/str.h"

/* "a/b" from "a" and "b"; the caller frees. */
char *fs_join(const char *dir, const char *name);
/* The absolute form without asking the file system for links; the caller frees. */
struct err *fs_absolute(const char *path, char **ret) MUST_USE;
/* $HOME, else the password database; never NULL on success; the caller frees. */
struct err *fs_home(char **ret) MUST_USE;

/* "cannot VERB 'path': reason" from errno, with a hint where the reason has a known remedy. */
struct err *fs_fail(const char *verb, const char *path) MUST_USE;

/* The folder that holds path ("." for a bare name); the caller frees. */
char *fs_parent(const char *path);
/* The last part of path. Borrowed. */
const char *fs_base(const char *path);

bool fs_exists(const char *path);
bool fs_is_dir(const char *path);

/* Read a regular file of at most max bytes. ERR_NOT_FOUND when there is none. The caller frees *ret; *ret_len may be NULL. */
struct err *fs_read(const char *path, size_t max, char **ret, size_t *ret_len) MUST_USE;

struct err *fs_mkdirs(const char *path, mode_t mode) MUST_USE; /* with parents; fine when it is there */

/* Names in a folder, sorted bytewise, without "." and "..". A missing folder is an empty list. */
struct err *fs_list(const char *path, struct list *ret) MUST_USE;

/* Free bytes for an ordinary user on the file system that holds path (or its nearest existing parent). */
struct err *fs_free_bytes(const char *path, uint64_t *ret) MUST_USE;

#endif
