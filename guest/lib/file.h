/* SPDX-License-Identifier: Apache-2.0 */
/* Small files, whole. Functions that return int return 0 or -1 with errno. */
#ifndef GUEST_LIB_FILE_H
#define GUEST_LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The whole file with a NUL behind it, the caller's to free; NULL with errno. A file of more than
 * `max` bytes is EFBIG. Works for /proc and /sys, whose files have no size. ret_len may be NULL.
 */
char *file_read(const char *path, size_t max, size_t *ret_len);

/* The first line of a short file, without its end, in buf; false when it cannot be read. */
bool file_line(const char *path, char *buf, size_t size);

/* Write into an existing file (sysfs, proc). */
int file_put(const char *path, const char *text);

/* Whole or not at all: a temporary file beside it, then rename. Its mode is right from the first
 * moment. */
int file_write(const char *path, const void *data, size_t len, mode_t mode);

/* As mkdir -p; the mode is for the last part, parents get 0755. An existing folder is fine and
 * keeps its mode. */
int dir_make(const char *path, mode_t mode);

/* All of data, over short writes; -1 when it cannot. For blocking descriptors. */
int write_all(int fd, const void *data, size_t len);

#endif
