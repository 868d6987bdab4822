/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU says when it ends, made fit for a user. Pure. */
#ifndef DRIVERS_QEMU_COMPLAINT_H
#define DRIVERS_QEMU_COMPLAINT_H

#include <stddef.h>

/* What QEMU complained about, on one line, without its own name in front. The caller frees. */
char *complaint_text(const char *text, size_t len);
/* What a user can do about such a complaint; NULL: unknown. */
const char *complaint_cure(const char *complaint);

#endif
