/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of lines over a descriptor that never blocks: QMP, the agent's port, the control socket. */
#ifndef DRIVERS_LINK_CHAN_H
#define DRIVERS_LINK_CHAN_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

struct chan {
	int fd; /* -1: closed */
	char *in, *out;
	size_t in_len, in_cap;
	size_t line_len; /* of the line that chan_line gave out last, with its end */
	size_t out_len, out_cap;
	size_t max_line; /* a longer line is thrown away up to its end */
	bool skipping;
};

#define CHAN_CLOSED                                                                                                    \
	{                                                                                                              \
		.fd = -1                                                                                               \
	}

/* Takes fd and makes it non-blocking. */
void chan_open(struct chan *c, int fd, size_t max_line);
/* Closes, wipes and frees: keys pass through here. Fine when closed. */
void chan_close(struct chan *c);
#define auto_chan __attribute__((cleanup(chan_close))) struct chan

/* Read what is there, bounded; false at the end of the stream. Lines that came before the end can still be taken. */
bool chan_read(struct chan *c);
/* The next whole line without its end, ended by NUL; borrowed until the next call. NULL when there is none. */
char *chan_line(struct chan *c, size_t *ret_len);

/* Throw away all that has come so far, a line that has only begun too. */
void chan_discard(struct chan *c);

/* Queue one line and write what goes. false when closed, or when the other side lets too much pile up. */
bool chan_send(struct chan *c, const char *text);
bool chan_send_json(struct chan *c, const cJSON *tree);
bool chan_flush(struct chan *c);

/* What to poll for. */
short chan_events(const struct chan *c);

#endif
