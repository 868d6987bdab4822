/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the files are that root makes in a folder of another user. */
#ifndef BASE_FS_OWN_H
#define BASE_FS_OWN_H

/*
 * Of root alone: what was made in another user's folder becomes that user's. fs_write, fs_copy, fs_mkdirs, fs_lock and
 * fs_listen do so; for files that are made otherwise, by name or by descriptor. What cannot be given stays as it is, and so does
 * what is not root's, has a second name, or (fd) does not lie at path.
 */
void fs_own(const char *path);
void fs_own_fd(int fd, const char *path);

/* The new file at `made`, behind fd, is as much somebody's as the one at path that it is to replace; where none is, as its folder. */
void fs_own_as(int fd, const char *made, const char *path);

#endif
