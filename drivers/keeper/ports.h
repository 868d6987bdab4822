/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which published ports answer on the machine's address, and what must be done to get from what is to what should be.
 * Pure: its user carries the actions out and says how they went.
 */
#ifndef DRIVERS_KEEPER_PORTS_H
#define DRIVERS_KEEPER_PORTS_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "drivers/driver.h"
#include "drivers/net/loopback.h"

#define PORTS_MAX 1024

enum port_state {
	PORT_IDLE,   /* nothing is set up */
	PORT_ADDING, /* somebody was asked */
	PORT_ACTIVE,
	PORT_REMOVING, /* somebody was asked */
	PORT_STUCK     /* cannot be set up: see problem */
};

struct port {
	char proto[4]; /* tcp or udp */
	int number;    /* in the guest and on the host */
	bool wanted;
	enum port_state state;
	bool fixed;    /* an option set it up at the start: not ours to remove */
	bool may_heal; /* worth another try after a while */
	bool told;     /* the user was warned */
	bool clings;   /* active, and could not be ended: not asked for again before the next try */
	char *problem; /* NULL or why it does not answer, with the cure */
};

struct ports {
	struct port *list; /* sorted by protocol and number */
	size_t n;
	const char *guest_address; /* the guest's own, borrowed; NULL: that of user networking */
};

void ports_release(struct ports *p);

/*
 * Take over what the guest says: an array of {"proto","address","port"}, hostile. What cannot be used is left out, and
 * so are entries that are neither wanted nor set up any more.
 */
void ports_want(struct ports *p, const cJSON *list);

/* The next thing to do: a port to add (PORT_IDLE and wanted) or to remove (PORT_ACTIVE and unwanted). NULL: none. */
struct port *ports_next(struct ports *p);
struct port *ports_find(struct ports *p, const char *proto, int number);

/* One that somebody set up before us: it is active, and unwanted until ports_want says otherwise. */
void ports_adopt(struct ports *p, const char *proto, int number);

/* Of a machine with an address of its own: what can be reached is, without anybody's doing. */
void ports_all_answer(struct ports *p);

/* What became of it. problem is copied. */
void ports_stuck(struct port *p, bool may_heal, const char *problem);
/* Whoever carried it is gone: nothing of it is set up. */
void ports_lost(struct port *p);
/* Forget entries that are neither wanted nor set up by us. */
void ports_sweep(struct ports *p);
/* Give those that may heal another try; false when there are none. */
bool ports_retry(struct ports *p);
bool ports_has_ill(const struct ports *p);

/* Why this user cannot listen on that port of the address, with the cure. The caller frees. */
char *ports_refusal(const struct port *p, const char *address, enum loopback_bind why);
/* A port that the machine itself uses on its address: then it is stuck, and true. */
bool ports_is_own(struct port *p);

/* [{"proto":"tcp","port":80,"problem":"..."}] of those that are wanted; and one of them as driver.h's. */
cJSON *ports_json(const struct ports *p);
struct driver_port ports_item(const cJSON *item, const char *address);

#endif
