/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's process: its beginning, its poll loop, its end. */
#ifndef DRIVERS_KEEPER_LOOP_H
#define DRIVERS_KEEPER_LOOP_H

#include "drivers/keeper/keeper.h"

/* Be the keeper whose order comes through HELPER_FD; returns the exit status of the process. self is the driver's. */
int loop_run(const struct keeper_ops *ops, void *self);

#endif
