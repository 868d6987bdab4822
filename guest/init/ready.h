/* SPDX-License-Identifier: Apache-2.0 */
/* What is true of the boot by now, from any thread; and whether the machine can be reached. */
#ifndef GUEST_INIT_READY_H
#define GUEST_INIT_READY_H

#include <stdbool.h>

enum ready_fact {
	READY_ENGINE = 1 << 0,	 /* answers */
	READY_GATE = 1 << 1,	 /* listens, with the identity's keys */
	READY_NETWORK = 1 << 2,	 /* is set, or has its first lease */
	READY_IDENTITY = 1 << 3, /* was applied */
	READY_APPLIES = 1 << 4,	 /* one is being applied: another has to wait */
	READY_TOLD = 1 << 5	 /* the event `ready` */
};

/* It is so, or is not any more. Tells the event `ready` where that made the machine reachable, once. */
void ready_change(enum ready_fact fact, bool value);

/* It is so from here on. False when it was before. */
bool ready_claim(enum ready_fact fact);

/* Blocks until it is so, at most for ms; false when it is not then. */
bool ready_wait(enum ready_fact fact, int ms);

#endif
