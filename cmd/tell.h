/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for people. */
#ifndef CMD_TELL_H
#define CMD_TELL_H

#include <stdbool.h>
#include <stdio.h>

#include "cmd/app.h"

/*
 * A message as a line: without what a terminal acts on, and folded to its width; by the old name it is never folded.
 * commands: what follows a colon is to be copied (as in fold.h).
 */
void tell(const struct app *app, FILE *out, const char *text, bool commands);

#endif
