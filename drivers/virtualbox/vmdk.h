/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data disk: a flat VMDK, which is a text that describes it and a sparse raw file. VirtualBox takes such a pair as it is
 * (measured: one ddb line must be there; it adds others itself), so no call of it is needed, and boot2docker's request to
 * format the disk is just its first bytes.
 */
#ifndef DRIVERS_VIRTUALBOX_VMDK_H
#define DRIVERS_VIRTUALBOX_VMDK_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* Pure: the text for an extent of that name, in the same folder. */
void vmdk_descriptor(struct str *s, const char *extent, int64_t mib, const char *uuid);

/* Make both, 0600. begin: the disk's first bytes, zeros follow; NULL: zeros alone. */
struct err *vmdk_make(const char *descriptor, const char *extent, int64_t mib, const struct str *begin) MUST_USE;

#endif
