/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest has told of its boot: how far it is, whether it is ready or has failed, and its events, for those who wait and
 * for those who come late. The guest's side is hostile: whatever it says is bounded and cleaned here.
 */
#ifndef DRIVERS_KEEPER_STORY_H
#define DRIVERS_KEEPER_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/list.h"

struct story {
	struct list events; /* as JSON, at most 64 */
	size_t began;	    /* 1: the kernel's start is the first of them; 0: nobody saw it */
	char stage[32];	    /* the last one */
	bool ready, failed;
	void (*tell)(void *data, const cJSON *event); /* an event has come: to all who wait */
	void (*turned)(void *data);		      /* ready or failed has changed */
	void *data;
};

/* The guest's kernel starts, or starts again: nothing of before counts. */
void story_begin(struct story *s);
/* The agent will tell all once more. Where nobody sees a guest start again, this may be another boot. */
void story_again(struct story *s);
/* What the agent, or the console in its place, says of the boot: stage, ready, failed, warning. Other messages change nothing. */
void story_take(struct story *s, const cJSON *message);
/* The same for a line of the console, of which only a failure counts: the agent tells everything else better. */
void story_take_console(struct story *s, const char *line);
/* Something of our own that those who wait should read. */
void story_warn(struct story *s, const char *text);
void story_release(struct story *s);

#endif
