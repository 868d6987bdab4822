/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published ports of a running machine, kept up on its loopback address by a process of ours: what is to be done, done
 * through a function of the driver's, and told in a file that `machine ports` reads. A turn begins no more work after half a
 * second of it, and blocks as long as that function does.
 */
#ifndef DRIVERS_KEEPER_PORT_WORK_H
#define DRIVERS_KEEPER_PORT_WORK_H

#include "base/clock.h"
#include "drivers/keeper/ports.h"

struct port_work {
	struct ports ports;
	const char *address; /* of the machine, borrowed */
	const char *file;    /* takes ports_json(), borrowed */
	/* Make a port of the guest answer on the address, or end that. */
	struct err *(*carry)(void *data, const struct port *p, bool add);
	void *data;
	bool dirty;		 /* what is published has changed */
	struct deadline work_at; /* not before: a guest may change its mind all the time */
	struct deadline heal_at; /* ports that could not be set up get another try */
};

void port_work_begin(struct port_work *w);
void port_work_release(struct port_work *w);
/* What the guest says is published: an array as in the agent's event, hostile. */
void port_work_want(struct port_work *w, const cJSON *list);
/* What was set up is gone with whoever carried it. */
void port_work_forget(struct port_work *w);
/* Do what is due. */
void port_work_turn(struct port_work *w);
/* How long nothing is due, in ms, at most most_ms. */
int port_work_wait_ms(const struct port_work *w, int most_ms);

/* What such a file tells; an empty list when there is none. The caller frees. */
struct err *port_work_read(const char *file, cJSON **ret) MUST_USE;

#endif
