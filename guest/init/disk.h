/* SPDX-License-Identifier: Apache-2.0 */
/* What a block device is, by its content. */
#ifndef GUEST_INIT_DISK_H
#define GUEST_INIT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disk_role {
	DISK_OTHER,
	DISK_ROOT,	/* erofs, volume name machine-root */
	DISK_ISO,	/* ISO 9660, volume id MACHINE_ISO */
	DISK_SEED,	/* ISO 9660, volume id MACHINE_SEED */
	DISK_DATA,	/* ext4, label machine-data */
	DISK_FORMAT_ME, /* boot2docker's header */
	DISK_BLANK,	/* its first MiB is all zero */
};

#define DISK_HEAD (1024 * 1024)
#define DISK_PEEK (64 * 1024) /* enough for every role but blank */

/* Pure: the role that the first `len` bytes of a device show. DISK_BLANK only when len is
 * DISK_HEAD. */
enum disk_role disk_classify(const unsigned char *head, size_t len);

struct disks {
	char root[64]; /* paths below /dev; "" is none */
	char iso[64];
	char seed[64];
	char data[64];
	enum disk_role data_role;
};

/* Look at every block device once more; fills what is still missing. */
void disk_scan(struct disks *d);

/* Scan until there is a root or the deadline (clock_ms) is past; new devices wake it. True when
 * there is one. */
bool disk_wait_root(struct disks *d, int64_t deadline);

#endif
