/* SPDX-License-Identifier: Apache-2.0 */
/* The options of create, of which there are too many for one page: common, the engine's, and those of one driver. */
#ifndef CMD_CREATE_HELP_H
#define CMD_CREATE_HELP_H

#include <stdio.h>

#include "cmd/app.h"

/* The driver is the one that argv names, else MACHINE_DRIVER's, else the default. Without arguments all are shown. */
void create_help(FILE *out, const struct app *app, int argc, char *const *argv);

#endif
