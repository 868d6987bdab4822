/* SPDX-License-Identifier: Apache-2.0 */
/* Does an engine answer? */
#ifndef ENGINE_PING_H
#define ENGINE_PING_H

#include "engine/client.h"

/* Errors as those of engine_call; any status but 200 is one. */
struct err *engine_ping(struct engine *e, int timeout_ms) MUST_USE;

#endif
