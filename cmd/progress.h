/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core has to say. docker-machine's lines go to stdout, where its clients read them; warnings to stderr.
 * Stages are for people: on a terminal each is a line with the time since the command began, and a live line below
 * shows that time goes on; elsewhere they are kept for --debug, because callers such as CI runners show every line of
 * stderr as an error.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>

#include "cmd/app.h"

struct progress *progress_new(struct app *app);
void progress_free(struct progress *p); /* NULL is fine */
/* The core's say(): data is the progress. Several threads may call it. */
void progress_say(void *data, enum say_kind kind, const char *machine, const char *text);
/* Several machines: every line names its own. */
void progress_prefix(struct progress *p, bool on);

#endif
