/* SPDX-License-Identifier: Apache-2.0 */
/* Texts say `machine start dev`; whoever called the program in another way is told what works for that one. */
#ifndef CMD_OWN_NAME_H
#define CMD_OWN_NAME_H

#include "cmd/app.h"

/*
 * The text; where `machine COMMAND` stands in it, as this call names the program, with the options before the command that
 * this call was given, and with those of the command itself where it is the same. The caller frees.
 */
char *own_name(const struct app *app, const char *text);

#endif
