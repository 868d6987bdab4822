/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the door: their number is bounded, and where more come, those go that have not logged in and said least. */
#ifndef GUEST_GATE_VISITOR_H
#define GUEST_GATE_VISITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate/flow.h"

struct visitor {
	int client, server;		       /* -1: none */
	uint32_t turn;			       /* of this place: events of who was here before are old */
	int port;			       /* ours, as sshd sees it */
	bool known;			       /* has logged in */
	bool greeted;			       /* sshd's greeting is not for him any more */
	bool begun;			       /* sshd's greeting has come */
	int64_t born;			       /* clock_ms() */
	size_t heard;			       /* bytes of his */
	struct flow up;			       /* to sshd */
	struct flow down;		       /* to him */
	uint32_t client_events, server_events; /* waited for; 0: not watched */
};

/* Call once, before all others. How many descriptors all visitors can have: twice as many as there are places. */
size_t visitor_init(void);

/* A place for the client, which it owns from here on. NULL where nobody could go; the client is closed then. */
struct visitor *visitor_come(int client);

/* He has this connection to sshd, which he owns from here on, from our `port`. Another one may have to go for it. */
void visitor_enter(struct visitor *v, int server, int port);

/* Close what is his. Does nothing for one who has gone. */
void visitor_go(struct visitor *v);

/* Who came to sshd from our `port` has logged in: he counts no more, and stays. */
void visitor_knows(int port);

/* Are there fewer with a process of sshd, of those who have not logged in, than would be had for a greeting alone? */
bool visitor_early(void);

/* The next of those that are here, NULL at the end; begin with NULL. He may go before the next is asked for. */
struct visitor *visitor_next(const struct visitor *before);

/* His mark for events of one side, and who is meant by one: NULL where he has gone. */
uint64_t visitor_mark(const struct visitor *v, bool server);
struct visitor *visitor_marked(uint64_t mark, bool *ret_server);

#endif
