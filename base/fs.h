/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders: whole reads with a limit, writes that are there whole or not at all, locks, removal. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"

/* "a/b" from "a" and "b"; the caller frees. */
char *fs_join(const char *dir, const char *name);
/* The absolute form without asking the file system for links; the caller frees. */
struct err *fs_absolute(const char *path, char **ret) MUST_USE;
/* $HOME, else the password database; never NULL on success; the caller frees. */
struct err *fs_home(char **ret) MUST_USE;

bool fs_exists(const char *path);
bool fs_is_dir(const char *path);

/* Read a regular file of at most max bytes. ERR_NOT_FOUND when there is none. The caller frees *ret; *ret_len may be NULL. */
struct err *fs_read(const char *path, size_t max, char **ret, size_t *ret_len) MUST_USE;

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

/*
 * Of root alone: what was made in another user's folder becomes that user's. fs_write, fs_copy, fs_mkdirs, fs_lock and
 * fs_listen do so; for files that are made otherwise, by name or by descriptor. What cannot be given stays as it is, and so does
 * what is not root's, has a second name, or (fd) does not lie at path.
 */
void fs_own(const char *path);
void fs_own_fd(int fd, const char *path);

/* What was made, renamed or removed in the folder survives a power cut. */
struct err *fs_sync_dir(const char *path) MUST_USE;
struct err *fs_mkdirs(const char *path, mode_t mode) MUST_USE; /* with parents; fine when it is there */

/* Names in a folder, sorted bytewise, without "." and "..". A missing folder is an empty list. */
struct err *fs_list(const char *path, struct list *ret) MUST_USE;

/* Remove a file or a whole folder without following links. Fine when it is gone. */
struct err *fs_remove_tree(const char *path) MUST_USE;

/* Free bytes for an ordinary user on the file system that holds path (or its nearest existing parent). */
struct err *fs_free_bytes(const char *path, uint64_t *ret) MUST_USE;

/*
 * Take an exclusive flock on a file (made 0600 when missing), waiting up to timeout_ms (0: one try).
 * *ret_fd is the caller's to close, which releases it; the kernel does so when the process dies.
 * ERR_WRONG_STATE when another process holds it past the deadline. One that is there is taken on a disk that is full or
 * read-only, too.
 */
struct err *fs_lock(const char *path, int timeout_ms, int *ret_fd) MUST_USE;
/* The same lock on a folder that is there: nothing is made for it, so that it works on a disk that is full or read-only. */
struct err *fs_lock_folder(const char *path, int timeout_ms, int *ret_fd) MUST_USE;
/* Does somebody hold the lock? false when the file is missing. Does not wait. */
bool fs_is_locked(const char *path);
/* Does the kernel name this process for a lock on the file (proc(5), /proc/locks)? It is the one that took it; its heirs have it unnamed. */
bool fs_lock_is_of(const char *path, pid_t pid);

/*
 * A unix socket below a folder whose path may be longer than sun_path takes: addressed through
 * /proc/self/fd. The caller closes *ret_fd.
 */
struct err *fs_listen(const char *path, int *ret_fd) MUST_USE;
struct err *fs_connect(const char *path, int *ret_fd) MUST_USE;

#endif
