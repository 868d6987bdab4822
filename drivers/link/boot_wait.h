/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest's agent says while it boots (docs/guest.md, section 4), as events and errors. */
#ifndef DRIVERS_LINK_BOOT_WAIT_H
#define DRIVERS_LINK_BOOT_WAIT_H

#include "drivers/driver.h"

#define BOOT_CONSOLE_LINES 15 /* that an error quotes */

struct boot_wait {
	void (*event)(void *data, const struct driver_boot_event *e);
	void *data;
	char stage[32];	  /* the last one */
	struct list told; /* a guest that is asked again tells again */
};
void boot_wait_release(struct boot_wait *w);
#define auto_boot_wait __attribute__((cleanup(boot_wait_release))) struct boot_wait

/* Take one message of the agent; *done at "ready". ERR_FAILED for "failed", ERR_WRONG_STATE for "died". */
struct err *boot_wait_take(struct boot_wait *w, const cJSON *message, bool *done) MUST_USE;
/* Put the stage that was reached above an error of time. */
struct err *boot_wait_timeout(const struct boot_wait *w, struct err *e) MUST_USE;

/* Take an error and put the end of the console (as text_tail gives it) below it. NULL, ERR_INTERRUPTED and "" change nothing. */
struct err *boot_with_console(struct err *e, const char *tail) MUST_USE;

#endif
