/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine missed while containerd was not there. It asks for containerd's events anew when containerd is back, and
 * hears of no container that has ended until then: it goes on listing them as running and starts none of them again.
 */
#ifndef GUEST_INIT_REVIVE_H
#define GUEST_INIT_REVIVE_H

#include <stdbool.h>

#define REVIVE_ID 65 /* 64 hex digits and a NUL */

struct revive_container {
	char id[REVIVE_ID];
	int pid;    /* of its first process, as the engine believes; 0: none has to be there */
	bool again; /* its restart policy would start it again */
};

/* containerd was started again after its death: look for such containers for a while, in a thread of its own; let them end
 * for the engine too, and start those that are to run. */
void revive_begin(void);

/* Pure: the IDs of the engine's list of containers, at most `max`; their number. */
int revive_ids(const char *list, char ret[][REVIVE_ID], int max);

/* Pure: what the engine says of one container. False when that cannot be read. */
bool revive_parse(const char *text, struct revive_container *ret);

#endif
