/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_VIRTUALBOX_FORMAT_ME_H
#define DRIVERS_VIRTUALBOX_FORMAT_ME_H

#include "base/err.h"
#include "base/str.h"

/*
 * boot2docker's request to format a disk and to let this key in: a tar archive, which goes to the disk's begin. ret must be
 * empty. ERR_UNSUPPORTED without libarchive, which is loaded here.
 */
struct err *format_me_make(const char *public_key, struct str *ret) MUST_USE;

#endif
