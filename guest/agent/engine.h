/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that follows the engine's events and keeps the list of published ports. */
#ifndef GUEST_AGENT_ENGINE_H
#define GUEST_AGENT_ENGINE_H

#include "agent/ports.h"

/* Begin to follow the engine at that socket, through all its restarts. Returns a descriptor that
 * can be read whenever the list has changed; -1 with errno. */
int engine_follow(const char *socket_path);

/* End the stream of events and begin no other: the engine's own end waits for it. */
void engine_forget(void);

/* Clears the descriptor and copies the list. */
void engine_ports(struct ports *ret);

#endif
