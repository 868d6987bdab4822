/* SPDX-License-Identifier: Apache-2.0 */
/* start, stop, kill, restart, upgrade, other sizes and new certificates, each for one machine. */
#ifndef CORE_POWER_H
#define CORE_POWER_H

#include "core/machine.h"

/* Each takes the machine's lock, says docker-machine's lines, and returns its errors. */
struct err *machine_start(struct machine *m, int timeout_ms) MUST_USE;
struct err *machine_stop(struct machine *m, int timeout_ms) MUST_USE;
struct err *machine_kill(struct machine *m) MUST_USE;
struct err *machine_restart(struct machine *m, int timeout_ms) MUST_USE;
/*
 * Boot the image that is found (wanted as in image_find) from now on: a machine that runs is stopped and started for it. Disk,
 * keys and address stay.
 */
struct err *machine_upgrade(struct machine *m, const char *wanted, int timeout_ms) MUST_USE;
/* Other sizes, from the next start on; the machine has to be off. ERR_UNSUPPORTED where its driver cannot. */
struct err *machine_resize(struct machine *m, const struct driver_sizes *sizes) MUST_USE;
/*
 * A new certificate for the machine and the client's keys anew in its folder, whatever its state; no container ends by it.
 * Another system than ours is set up again over SSH, which restarts its engine: that one has to run.
 */
struct err *machine_regenerate(struct machine *m, int timeout_ms) MUST_USE;

#endif
