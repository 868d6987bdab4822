/* SPDX-License-Identifier: Apache-2.0 */
/* The seed volume: the identity of one machine as a small ISO 9660 image (docs/guest.md, section 3). */
#ifndef PROVISION_SEED_H
#define PROVISION_SEED_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "guest/contract.h"

/* All borrowed. NULL members are left out of the volume. */
struct seed {
	const cJSON *machine;		/* GUEST_MACHINE */
	const cJSON *daemon;		/* GUEST_DAEMON */
	const char *files[GUEST_FILES]; /* by enum guest_file: all others, as text */
};

/*
 * Write the volume to path: mode 0600, whole or not at all, the buffer with the keys wiped; at most 4 MiB. libarchive
 * is loaded lazily; it keeps the files in a nameless temporary one (0600) in $TMPDIR while it works.
 */
struct err *seed_write(const char *path, const struct seed *seed) MUST_USE;

/*
 * Put other certificates and other engine settings into the volume at path: daemon and all files of GUEST_CERTIFICATE of
 * changes, and each member of its machine; the rest of changes is not looked at, SSH keys and all else stay.
 * *ret_settings: are the settings others than before? Written as by seed_write.
 */
struct err *seed_renew(const char *path, const struct seed *changes, bool *ret_settings) MUST_USE;

#endif
