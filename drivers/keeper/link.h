/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keeper's end of the line to the guest's agent (docs/guest.md, section 4): what is said to the agent, and what comes back.
 * Whatever comes is hostile: it is bounded here, and never used as a name or a command.
 */
#ifndef DRIVERS_KEEPER_LINK_H
#define DRIVERS_KEEPER_LINK_H

#include "base/clock.h"
#include "drivers/link/chan.h"

struct link {
	struct chan chan;
	bool hello; /* the agent was heard to say so: it listens */
	int64_t next_id, poweroff_id;
	bool time_due; /* the agent's clock is to be set once it listens */
	int greet_ms;  /* how often it is asked to tell its story, until it says something; -1: never again */
	struct deadline greet_at;
	void (*event)(void *data, const char *event, const cJSON *message);
	void (*answer)(void *data, int64_t id, const cJSON *message);
	void *data;
};

/* How the agent comes to tell its story. */
enum link_greeting {
	LINK_TELLS,  /* by itself: it sees that somebody came */
	LINK_ONCE,   /* when asked: it may not have seen that somebody else came */
	LINK_SERIAL, /* when asked while it listens: what nobody reads is thrown away */
};

void link_init(struct link *l, void (*event)(void *data, const char *event, const cJSON *message),
	       void (*answer)(void *data, int64_t id, const cJSON *message), void *data);
/* Takes fd. */
void link_open(struct link *l, int fd, enum link_greeting greeting);
void link_close(struct link *l);
/* The guest starts again: what the one before said is not to be heard. */
void link_restart(struct link *l);

/* Read what is there and give it on; false at the end of the line. */
bool link_read(struct link *l);
/* Ask for the agent's story when that is due: at greet_at. */
void link_turn(struct link *l);

/* Pass a request on under an id of ours, which comes with the answer. 0: nobody is there to take it. */
int64_t link_ask(struct link *l, const cJSON *request);
/* Its answer comes under poweroff_id. */
void link_poweroff(struct link *l);
/* The agent sets its clock by ours: now, or as soon as it listens. */
void link_time(struct link *l);

#endif
