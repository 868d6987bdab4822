/* SPDX-License-Identifier: Apache-2.0 */
/* From powered off to an engine that answers; and a certificate that fits where the machine is reached. */
#ifndef CORE_BOOT_H
#define CORE_BOOT_H

#include "core/machine.h"

/* Wait until the engine answers over mutual TLS. */
struct err *machine_wait_engine(struct machine *m, struct deadline d) MUST_USE;
/* Boot to ready: driver's start, the guest's events, then the engine over mutual TLS. Used by create and start. */
struct err *machine_boot(struct machine *m, const struct driver_image *image, int timeout_ms) MUST_USE;

/*
 * As machine_running_endpoint; when the address is another than the machine's certificate says, or that ends soon, the
 * certificate is renewed first, in the running guest too (under the machine's lock).
 */
struct err *machine_follow_address(struct machine *m, struct driver_endpoint *ret) MUST_USE;

#endif
