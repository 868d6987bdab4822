/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU says when it ends or its disk fails, made fit for a user. Pure. */
#ifndef DRIVERS_QEMU_COMPLAINT_H
#define DRIVERS_QEMU_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* What QEMU complained about, on one line, without its own name in front. The caller frees. */
char *complaint_text(const char *text, size_t len);
/* What a user can do about such a complaint; NULL: unknown. */
const char *complaint_cure(const char *complaint);
/* A disk of the machine in dir failed, as QMP's BLOCK_IO_ERROR says. *ret_paused: the machine stands still by it. The caller frees. */
char *complaint_disk(const cJSON *message, const char *dir, bool *ret_paused);
/* Why QEMU ends, as QMP's SHUTDOWN says: *ret may be NULL, and *ret_clean is whether it was the guest's wish. false: no word. */
bool complaint_end(const cJSON *message, const char **ret, bool *ret_clean);

#endif
