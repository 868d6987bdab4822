/* SPDX-License-Identifier: Apache-2.0 */
/* The guest image that a machine boots: found by provision/, handed to drivers as paths. */
#ifndef CORE_MACHINE_IMAGE_H
#define CORE_MACHINE_IMAGE_H

#include "core/machine.h"

/*
 * Find and check the guest image for a driver that needs one, and its ISO for one that boots that; wanted as in image_find.
 * Release with machine_image_freep.
 */
struct machine_image;
struct err *machine_image_find(const struct core *c, const char *wanted, bool iso, struct machine_image **ret) MUST_USE;
const struct driver_image *machine_image_files(const struct machine_image *i);
void machine_image_freep(struct machine_image **i);
#define auto_machine_image __attribute__((cleanup(machine_image_freep))) struct machine_image

#endif
