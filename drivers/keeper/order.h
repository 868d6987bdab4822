/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a keeper is told when it starts, on both sides. It comes through a socket, so that nothing of it is seen in a list of
 * processes: name, store and folders of the machine, and beside these whatever the driver puts in.
 */
#ifndef DRIVERS_KEEPER_ORDER_H
#define DRIVERS_KEEPER_ORDER_H

#include "drivers/keeper/keeper.h"

/* The command's side: an order with the machine's names, to be filled further. The caller frees. */
cJSON *order_new(const struct driver_env *env);

struct order_start {
	const char *driver, *word; /* of `machine __driver DRIVER WORD` */
	const char *log;	   /* in the machine's folder, takes its stderr */
	const char *what;	   /* what is waited for: "QEMU to start" */
	const char *program;	   /* NULL: this one */
};
/*
 * Start the keeper and wait until its driver says keeper_is_up. Its reasons, with hints, come back as errors; then nothing is
 * left running. ERR_WRONG_STATE: the machine has a keeper already.
 */
struct err *order_run(const struct order_start *s, const struct driver_env *env, const cJSON *order,
		      int timeout_ms) MUST_USE;

/* The keeper's side: the machine's names, into k and its env. */
struct err *order_take(const cJSON *order, struct keeper *k) MUST_USE;
void order_release(struct keeper *k);

#endif
