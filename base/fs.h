/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders: what most users of them need. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include "base/fs_lock.h"
#include "base/fs_mkdirs.h"
#include "base/fs_own.h"
#include "base/fs_path.h"
#include "base/fs_read.h"
#include "base/fs_remove.h"
#include "base/fs_socket.h"
#include "base/fs_write.h"
#include "base/list.h"
#include "base/str.h"

#endif
