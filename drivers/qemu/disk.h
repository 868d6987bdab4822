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

/* Grow it; nothing to do when it is as large. The machine is off. */
struct err *qemu_disk_grow(const char *path, int64_t size_mib) MUST_USE;

#endif
