/* SPDX-License-Identifier: Apache-2.0 */
/* The way out. */
#ifndef GUEST_INIT_POWER_H
#define GUEST_INIT_POWER_H

#include <stdbool.h>

/* Begin to end everything in order. A second call changes nothing. The loop's. */
void power_begin(bool reboot);

/* Go on with it. Returns ms until it wants to be called again, -1 for no wish. Never returns at the
 * end. */
int power_tick(void);

/* Off (or again), at once: when there is nothing to end. Any thread. */
void power_now(bool reboot) __attribute__((noreturn));

/* Listen to power buttons. The loop's. */
void power_watch_buttons(void *unused);

#endif
