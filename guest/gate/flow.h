/* SPDX-License-Identifier: Apache-2.0 */
/* One direction of a connection that the door passes on: bytes that were read and are not written yet. */
#ifndef GUEST_GATE_FLOW_H
#define GUEST_GATE_FLOW_H

#include <stdbool.h>
#include <stddef.h>

struct flow {
	char *buf; /* owned; free() ends it */
	size_t from, to, size;
	bool ended; /* the source has no more */
};

/* Give the flow a buffer of that size, which is not smaller than the one before; what is in it stays. False: no memory. */
bool flow_begin(struct flow *f, size_t size);

/* How many bytes can be read; 0 at its end too. */
size_t flow_room(struct flow *f);

/* Are there bytes to write? */
bool flow_waits(const struct flow *f);

/* Read, or write, what goes without blocking; *heard, which may be NULL, grows by what was read. False when the socket is of
 * no use any more. */
bool flow_read(struct flow *f, int fd, size_t *heard);
bool flow_write(struct flow *f, int fd);

#endif
