/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest prints of its boot (docs/guest.md, section 4): all there is without a port for the agent, or before there is an agent. */
#ifndef DRIVERS_LINK_CONSOLE_H
#define DRIVERS_LINK_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "drivers/link/boot_wait.h"

/* A line that has only begun. What is longer than a line can be is cut. */
struct console_line {
	char text[1024];
	size_t len;
};

struct console {
	const char *path; /* borrowed; the file need not be there yet */
	off_t at;	  /* how far it was read */
	struct console_line line;
};

/* Cut what came into lines and give each to take, which may spoil it, until take says false: then what is left of text is lost. */
bool console_feed(struct console_line *c, const char *text, size_t n, bool (*take)(void *data, char *line), void *data);

/* Read what came since; *done at "ready". A file that has become shorter is read from its begin. ERR_FAILED for "failed". */
struct err *console_read(struct console *c, struct boot_wait *w, bool *done) MUST_USE;

/* Pure: one line of init's, or of a kernel that gave up, as a message of the agent's; NULL: of another. The caller frees. */
cJSON *console_message(const char *line);

#endif
