/* SPDX-License-Identifier: Apache-2.0 */
/* The data disk: what survives a restart. */
#ifndef GUEST_INIT_DATA_H
#define GUEST_INIT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/disk.h"

#define DATA_DIR "/mnt/data"
#define DATA_KEYS DATA_DIR "/boot2docker/userdata/authorized_keys"

/* Check or make the file system, mount it and its bind mounts; tmpfs when there is no disk. NULL,
 * or what failed. */
const char *data_mount(const struct disks *d);

/* Grow the file system to the size of its disk, when that is larger. Takes its time; on line. data_mount() has done it
 * where there was little room. */
void data_grow(const struct disks *d);

/* Pure: are so many bytes and files too few for an engine to start? */
bool data_too_little(uint64_t bytes, uint64_t files);

/* Is the data disk full? Then ret says so, with the cure. */
bool data_full(char *ret, size_t size);

/* Before power off: nothing may use the data any more. */
void data_unmount(void);

/* Pure: the content of `name` in a ustar archive of len bytes; NULL when it is not there, whole. */
const char *data_tar_find(const char *tar, size_t len, const char *name, size_t *ret_len);

#endif
