/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published ports of a running machine, kept up on its loopback address by its keeper. How a port is carried is the
 * driver's: it is asked, and says later how that went, so that nothing waits for it. What could not be carried is tried again
 * after pauses that grow from 2 to 30 seconds.
 */
#ifndef DRIVERS_KEEPER_PORT_WORK_H
#define DRIVERS_KEEPER_PORT_WORK_H

#include "base/clock.h"
#include "drivers/keeper/ports.h"

struct port_work {
	struct ports ports;
	const char *address; /* of the machine, borrowed */
	int most;	     /* ports that may be asked for at a time; 0: as many as there are */
	/*
	 * Make a port of the guest answer on the address, or end that: begun, not waited for. port_work_carried says how it went,
	 * from within this call or later. p is valid until then or until this returns, whichever comes first.
	 */
	void (*carry)(void *data, const struct port *p, bool add);
	bool (*settle)(void *data,
		       struct port *p); /* NULL (ports_is_own), or: does p need no carrying? Then its state is set */
	void *data;
	void (*warn)(void *warn_data, const char *text); /* NULL, or: a user should know, once for each port */
	void *warn_data;

	bool on;		 /* there is a way that carries */
	bool dirty;		 /* there may be work */
	cJSON *waiting;		 /* a list that came too soon after the last; NULL: none */
	int heal_ms;		 /* the next pause before what failed is tried again */
	struct deadline list_at; /* no other list is looked at before: a guest may change its mind all the time */
	struct deadline heal_at;
};

void port_work_begin(struct port_work *w);
void port_work_release(struct port_work *w);
/* What the guest says is published: an array as in the agent's event, hostile; NULL: nothing, and that at once. */
void port_work_want(struct port_work *w, const cJSON *list);
/* There is a way now, or none; what was set up before stays so. */
void port_work_on(struct port_work *w, bool on);
/* What was set up, or is asked for, is gone with whoever carried it. */
void port_work_forget(struct port_work *w);
/* What became of a port that carry was asked for. problem: NULL when it is done. Copied and cleaned. */
void port_work_carried(struct port_work *w, const char *proto, int number, const char *problem);
/* Do what is due. */
void port_work_turn(struct port_work *w);
/* When something is due next. */
struct deadline port_work_due(const struct port_work *w);

#endif
