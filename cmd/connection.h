/* SPDX-License-Identifier: Apache-2.0 */
/* What `env` and `config` hand to a Docker client: where an engine answers, asked just now. */
#ifndef CMD_CONNECTION_H
#define CMD_CONNECTION_H

#include <stdbool.h>

#include "core/machine.h"

/*
 * Where the engine of a running machine answers, or with `swarm` the master of its swarm, which was asked over mutual TLS. A
 * certificate that is not for the machine's address, or that ends soon, is renewed first. Blocks for at most MACHINE_CHECK_MS
 * for each question.
 */
struct err *connection_check(struct machine *m, bool swarm, struct driver_endpoint *ret) MUST_USE;

#endif
