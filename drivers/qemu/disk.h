/* SPDX-License-Identifier: Apache-2.0 */
/* The data disk of a machine. */
#ifndef DRIVERS_QEMU_DISK_H
#define DRIVERS_QEMU_DISK_H

#include <stdint.h>

#include "base/err.h"

/*
 * Make path from the image's empty, formatted disk and grow it to size_mib; the guest grows the file system. A size
 * clearly below the image's gets a new empty disk, which the guest formats.
 */
struct err *qemu_disk_create(const char *image_disk, const char *path, int64_t size_mib) MUST_USE;

/* Virtual size in bytes, from the header of a qcow2 file. */
struct err *qemu_disk_size(const char *path, uint64_t *ret) MUST_USE;

#endif
