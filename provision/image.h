/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and checking the guest image (docs/guest.md, section 1). */
#ifndef PROVISION_IMAGE_H
#define PROVISION_IMAGE_H

#include "base/err.h"
#include "provision/image_info.h"

void image_release(struct image *i);
#define auto_image __attribute__((cleanup(image_release))) struct image

/*
 * Look in this order: wanted (an option; NULL: none), $MACHINE_IMAGE, <store>/image, "image" beside the running program
 * (a build tree), ../share/machine/image from there (wherever it was installed), then share/machine/image of /usr/local and
 * /usr. A folder that wanted or $MACHINE_IMAGE name but that holds no image is an error; the others are passed over.
 * So are those behind the store's whose folders are neither root's nor ours nor of whoever owns the program: it may lie in
 * /tmp. ERR_NOT_FOUND lists where it was looked for, hint "make image".
 *
 * A folder holds an image when image.json and SHA256SUMS are there. Then image.json and every file that a driver boots
 * is held against SHA256SUMS, but for the ISO (image_check_iso). A digest is remembered in state_dir (made 0700 when
 * missing) by path, inode, size and times, so that it costs nothing the next time. The error names the file that is
 * wrong or missing; hint how to build again. This finds damage, not malice: who changes a file can change SHA256SUMS.
 */
struct err *image_find(const char *wanted, const char *store, const char *state_dir, struct image *ret) MUST_USE;

/* For drivers that boot the ISO: hold it against SHA256SUMS too. ERR_NOT_FOUND when the image has none. */
struct err *image_check_iso(const struct image *i, const char *state_dir) MUST_USE;

#endif
