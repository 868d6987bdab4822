/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of files and folders. */
#ifndef BASE_FS_LOCK_H
#define BASE_FS_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

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

#endif
