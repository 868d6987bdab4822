/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port to the host: lines in, lines out, and whether somebody is there. What is written while
 * nobody is there, or while a slow reader's buffer is full, is dropped: he gets the state when he
 * comes (channel_connected).
 */
#ifndef GUEST_AGENT_CHANNEL_H
#define GUEST_AGENT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

struct channel_calls {
	void (*connected)(void);
	void (*line)(char *line, size_t len); /* NULL: one that was too long */
};

/* The device of the virtio-serial port `name`, waiting for it to appear. For ever, if need be. */
void channel_find(const char *name, char *path, size_t size);

/* Open path: a device, or a unix socket to connect to. Descriptor, or -1 with errno. */
int channel_open(const char *path, const struct channel_calls *calls);

/* Something happened at the port. False when it is a socket and the peer is gone. */
bool channel_ready(void);

/* One line; the newline is added. */
void channel_send(const char *text);

#endif
