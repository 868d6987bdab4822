/* SPDX-License-Identifier: Apache-2.0 */
/* A word that is no command. */
#ifndef CMD_UNKNOWN_H
#define CMD_UNKNOWN_H

#include "cmd/app.h"

/* ERR_USAGE in docker-machine's words, with the nearest command in its hint where one is near. */
struct err *unknown_command(const struct app *app, const char *word) MUST_USE;

#endif
