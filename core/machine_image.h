/* SPDX-License-Identifier: Apache-2.0 */
/* The guest image that a machine boots: found by provision/, handed to drivers as paths. */
#ifndef CORE_MACHINE_IMAGE_H
#define CORE_MACHINE_IMAGE_H

#include "core/machine.h"

struct machine_image;

/* Find and check an image; wanted as in image_find. Reads what it checks, once for each file. */
struct err *machine_image_find(const struct core *c, const char *wanted, struct machine_image **ret) MUST_USE;
/* The one that the machine is made of, its ISO checked too where that is booted. NULL: its driver boots none of ours. */
struct err *machine_image_of(const struct machine *m, const char *wanted, struct machine_image **ret) MUST_USE;
/* What start is handed: the recorded one, another where its folder is gone. NULL: nothing, its driver keeps its own. */
struct err *machine_image_to_start(const struct machine *m, struct machine_image **ret) MUST_USE;
/* Note in the record that the machine boots it; NULL: nothing to note. */
void machine_image_record(struct machine *m, const struct machine_image *i);
/* Its paths, borrowed; NULL for none. */
const struct driver_image *machine_image_files(const struct machine_image *i);
void machine_image_freep(struct machine_image **i);
#define auto_machine_image __attribute__((cleanup(machine_image_freep))) struct machine_image

#endif
