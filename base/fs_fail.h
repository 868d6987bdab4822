/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of files. */
#ifndef BASE_FS_FAIL_H
#define BASE_FS_FAIL_H

#include "base/err.h"

/* "cannot VERB 'path': reason" from errno, with a hint where the reason has a known remedy. */
struct err *fs_fail(const char *verb, const char *path) MUST_USE;

#endif
