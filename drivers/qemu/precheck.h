/* SPDX-License-Identifier: Apache-2.0 */
/* What this host must have before a machine is made. Changes nothing. */
#ifndef DRIVERS_QEMU_PRECHECK_H
#define DRIVERS_QEMU_PRECHECK_H

#include "drivers/qemu/config.h"

struct err *qemu_precheck(const struct driver_env *env, const struct qemu_config *c) MUST_USE;
/* What this host's QEMU cannot do for shared folders, NULL when that is nothing. Runs it. The caller frees. */
char *qemu_share_limit(const struct qemu_config *c);

/* The emulator's absolute path, with a hint how to install it. The caller frees. */
struct err *qemu_find_binary(const struct qemu_config *c, char **ret) MUST_USE;

/* "QEMU emulator version 7.2.22 (Debian ...)": 7 and 2. */
struct err *qemu_parse_version(const char *text, int *ret_major, int *ret_minor) MUST_USE;

#endif
