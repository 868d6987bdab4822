/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket of a machine: one JSON object on a line each way. Whoever asks sends {"do":WORD,...}; request.c lists the
 * words. Only the machine's user, and root, are listened to.
 */
#ifndef DRIVERS_KEEPER_CONTROL_H
#define DRIVERS_KEEPER_CONTROL_H

#include <poll.h>
#include <stdint.h>

#include "base/err.h"
#include "drivers/link/chan.h"

#define CONTROL_CLIENTS 32
#define CONTROL_FDS (1 + CONTROL_CLIENTS)

struct control_client {
	struct chan chan;
	bool used;
	bool waits;	  /* gets the events of the boot */
	int64_t agent_id; /* of its request that the agent works on, 0: none */
	bool held;	  /* the driver owes it an answer */
};

struct control {
	int listen_fd; /* -1: closed */
	char *path;
	struct control_client clients[CONTROL_CLIENTS];
	void (*request)(void *data, struct control_client *c, const char *word, const cJSON *request);
	void *data;
};

void control_init(struct control *c,
		  void (*request)(void *data, struct control_client *c, const char *word, const cJSON *r), void *data);
/* Make the socket; whoever calls holds the machine's lock. path is copied. */
struct err *control_open(struct control *c, const char *path) MUST_USE;
/* Let go of all clients and remove the socket, when there is one of ours. */
void control_close(struct control *c);

/* Fill CONTROL_FDS entries, and do what poll found in them. */
void control_fds(const struct control *c, struct pollfd *p);
void control_turn(struct control *c, const struct pollfd *p);

/* To one client; one that reads nothing for too long is let go. control_send takes the answer. error: NULL is success. */
void control_send(struct control_client *c, cJSON *answer);
void control_answer(struct control_client *c, const char *error);
void control_fail(struct control_client *c, const struct err *e);
void control_drop(struct control_client *c);
/* To all who wait. */
void control_event(struct control *c, const cJSON *event);
/* The agent has answered the request of a client of ours, or will answer none of them any more: why is what they hear. */
void control_agent_answered(struct control *control, int64_t id, const cJSON *message);
void control_agent_lost(struct control *control, const char *why);

#endif
