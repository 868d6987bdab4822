/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's boot followed on its console, for hypervisors without a port for the agent (docs/guest.md, section 4). */
#ifndef DRIVERS_LINK_CONSOLE_H
#define DRIVERS_LINK_CONSOLE_H

#include <stddef.h>
#include <sys/types.h>

#include "drivers/link/boot_wait.h"

struct console {
	const char *path; /* borrowed; the file need not be there yet */
	off_t at;	  /* how far it was read */
	char line[1024];  /* that has only begun */
	size_t len;
};

/* Read what came since; *done at "ready". A file that has become shorter is read from its begin. ERR_FAILED for "failed". */
struct err *console_read(struct console *c, struct boot_wait *w, bool *done) MUST_USE;

/* Pure: one line of init's as a message of the agent's; NULL: of another. The caller frees. */
cJSON *console_message(const char *line);

#endif
