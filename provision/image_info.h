/* SPDX-License-Identifier: Apache-2.0 */
/* Which files an image has, and what image.json says of it. */
#ifndef PROVISION_IMAGE_INFO_H
#define PROVISION_IMAGE_INFO_H

/* All absolute, owned; released by image_release. */
struct image {
	char *dir;
	char *vmlinux, *vmlinuz, *initrd, *root, *disk, *iso; /* NULL: not there */
	char *digest;					      /* SHA-256 of SHA256SUMS, hex: names this content */
	char *cmdline;
	char *engine; /* version of the engine in it */
	char *kernel;
};

#endif
