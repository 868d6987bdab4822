/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help, made from the tables of commands and options, in docker-machine's layout: its completions and people's scripts read it.
 * On a terminal the same words are folded to its width.
 */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include <stdbool.h>
#include <stdio.h>

#include "cmd/app.h"

/* The command's line in the list of all; docker-machine's own to who calls the tool by that name. Borrowed. */
const char *help_summary(const struct app *app, const struct cmd *c);
void help_app(FILE *out, const struct app *app);
/* argv: what stands after the command, which may choose what is shown; `help COMMAND` gives none and shows all. */
void help_cmd(FILE *out, const struct app *app, const struct cmd *c, int argc, char *const *argv);
/* Options under a heading, folded to the terminal's width, else to 80 columns; nothing when there are none. */
void help_group(FILE *out, const char *title, const struct opt *table, bool (*fits)(const struct opt *o));
/* A paragraph, folded likewise. */
void help_text(FILE *out, const char *indent, const char *text);

#endif
