/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's part of a record, and its options. */
#ifndef DRIVERS_QEMU_RECORD_H
#define DRIVERS_QEMU_RECORD_H

#include "drivers/qemu/handle.h"

/* Both check what can be checked without looking at the host; ERR_USAGE names the option or member. */
struct err *qemu_config_from_opts(const struct opts *opts, struct qemu_config *ret) MUST_USE;
struct err *qemu_config_from_record(const cJSON *driver, struct qemu_config *ret) MUST_USE;
/* docker-machine's members first, then ours; members that we do not know stay. */
void qemu_config_save(const struct qemu_config *c, const struct driver_env *env, cJSON *into);

#endif
