/* SPDX-License-Identifier: Apache-2.0 */
/* The gate talks to strangers: as little power as it can work with. */
#ifndef GUEST_GATE_PRIVILEGE_H
#define GUEST_GATE_PRIVILEGE_H

#include <stdbool.h>

/*
 * Become nobody in the group `group`, keeping of root's powers only that of reading files, for a
 * later reload. Before any thread exists.
 */
bool privilege_drop(const char *group);

/* The calling thread gives that power up too. */
void privilege_none(void);

/* Become nobody, with no capability but the one to end a child of root's: its signal of our death asks for that. */
bool privilege_kill(void);

#endif
