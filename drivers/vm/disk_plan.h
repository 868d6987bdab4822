/* SPDX-License-Identifier: Apache-2.0 */
/* How a data disk of a wished size is made of the image's formatted one. */
#ifndef DRIVERS_VM_DISK_PLAN_H
#define DRIVERS_VM_DISK_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* What the guest sees of a qcow2 image, in bytes. ERR_FAILED when it is none. */
struct err *disk_size(const char *path, uint64_t *ret) MUST_USE;

struct disk_plan {
	bool blank;	/* not from the image's: an empty disk, which the guest formats */
	bool grow;	/* the image's is smaller than wished */
	uint64_t bytes; /* the wished size; with neither of them the image's own, which is near enough */
};

/* image_disk: the image's data.qcow2, NULL when it has none. */
struct err *disk_plan(const char *image_disk, int64_t size_mib, struct disk_plan *ret) MUST_USE;

#endif
