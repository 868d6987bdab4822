/* SPDX-License-Identifier: Apache-2.0 */
/* What init says, as lines for the host. */
#ifndef GUEST_AGENT_RELAY_H
#define GUEST_AGENT_RELAY_H

#include <stdbool.h>

#include "lib/json.h"

enum relay_kind {
	RELAY_NOTHING,
	RELAY_EVENT,  /* ret is the line */
	RELAY_DONE,   /* init did `word` */
	RELAY_FAILED, /* init could not: `message` */
	RELAY_CLOSING /* the guest goes down */
};

struct relay {
	enum relay_kind kind;
	char *line; /* the caller's; NULL unless RELAY_EVENT */
	char word[32];
	char message[512];
};

/* Pure: one datagram, NUL-terminated. */
void relay_parse(const char *text, struct relay *ret);

#endif
