/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine says of itself and its host. */
#ifndef ENGINE_INFO_H
#define ENGINE_INFO_H

#include "engine/client.h"

/* Everything that "docker info" is made from: the storage driver, the swarm, warnings. *ret is the caller's. */
struct err *engine_info(struct engine *e, int timeout_ms, cJSON **ret) MUST_USE;

#endif
