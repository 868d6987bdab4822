/* SPDX-License-Identifier: Apache-2.0 */
/* What a service prints: kept in a log of bounded size (it lives in memory), its lines looked at.
 */
#ifndef GUEST_INIT_OUTPUT_H
#define GUEST_INIT_OUTPUT_H

#include <stddef.h>

#define OUTPUT_LINE 256
#define OUTPUT_LOG_MAX (1024 * 1024) /* then it becomes LOG.1 */

typedef void (*output_line_fn)(void *data, const char *line);

struct output {
	int fd; /* read end; -1 is none */
	int log;
	const char *path;
	size_t written;
	output_line_fn line;
	void *data;
	char partial[OUTPUT_LINE];
	size_t partial_len;
	char last[OUTPUT_LINE]; /* last whole line */
};

/* Takes fd and watches it in the loop. */
void output_begin(struct output *o, int fd, const char *log, output_line_fn line, void *data);

/* Take what is still there and close. */
void output_end(struct output *o);

/* Pure but for the callback: cut data into lines, long ones shortened. */
void output_lines(struct output *o, const char *data, size_t len);

#endif
