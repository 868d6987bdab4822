/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets in folders. */
#ifndef BASE_FS_SOCKET_H
#define BASE_FS_SOCKET_H

#include "base/err.h"

/*
 * A unix socket below a folder whose path may be longer than sun_path takes: addressed through
 * /proc/self/fd. The caller closes *ret_fd.
 */
struct err *fs_listen(const char *path, int *ret_fd) MUST_USE;
struct err *fs_connect(const char *path, int *ret_fd) MUST_USE;

#endif
