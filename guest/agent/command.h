/* SPDX-License-Identifier: Apache-2.0 */
/* What the host asks for. */
#ifndef GUEST_AGENT_COMMAND_H
#define GUEST_AGENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/ports.h"

struct command_env {
	const char *dir; /* of the identity */
	int init;	 /* descriptor to init; -1: none */
	bool (*send)(const char *line);
	void (*replay)(void); /* tell a host again what was told before */
	const struct ports *ports;
};

/* Carry out one line, and answer now or when init has. */
void command_line(const struct command_env *env, char *line, size_t len);

/* init did (ok) or could not do `word`. */
void command_done(const struct command_env *env, const char *word, const char *error);

/* Answer what init leaves without an answer. ms until the next such moment, -1 for none. */
int command_tick(const struct command_env *env);

#endif
