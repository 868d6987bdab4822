/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port to the host: lines in, lines out, and whether somebody is there. What is written while
 * nobody is there, or while a slow reader's buffer is full, is dropped: he gets the state when he
 * comes (channel_connected). A serial line cannot tell: there somebody always is, and asks.
 */
#ifndef GUEST_AGENT_CHANNEL_H
#define GUEST_AGENT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

struct channel_calls {
	void (*connected)(void);
	void (*line)(char *line, size_t len); /* NULL: one that was too long */
};

/* The device of the virtio-serial port `name`, else the serial line that init writes into
 * GUEST_CHANNEL_FILE; waits until there is one. For ever, if need be. */
void channel_find(const char *name, char *path, size_t size);

/* Open path: a port's device, a serial line, or a unix socket to connect to. Descriptor, or -1 with
 * errno. */
int channel_open(const char *path, const struct channel_calls *calls);

/* Something happened at the port. False when it is of no use any more: the peer of a socket is gone,
 * the serial line was hung up. */
bool channel_ready(void);

/* One line; the newline is added. False when it had to be dropped though somebody is there. */
bool channel_send(const char *text);

/* Everything will be told anew: drop what waits, but for the rest of a line that has begun. */
void channel_restart(void);

#endif
