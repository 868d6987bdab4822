/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers go to stdout, to a terminal without what would do something there; a failure to write is reported by main. With
 * --json each answer is one object on one line, of one machine where it is about machines; what is said on the way and errors
 * are such lines on stderr. Each function writes with one call: commands answer for many machines side by side.
 */
#ifndef CMD_ANSWER_H
#define CMD_ANSWER_H

#include <stdio.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "cmd/app.h"

void answer(const char *fmt, ...) PRINTF_LIKE(1, 2);
#define ANSWER(...) answer(__VA_ARGS__)

/* The object on one line. Takes it. */
void answer_json(FILE *out, cJSON *object);
/* {"Name": machine, member: value} */
void answer_member(const char *machine, const char *member, const char *value);
/* {"Name": machine, "Done": verb} with --json, else nothing: for commands that act. */
void answer_done(const struct app *app, const char *machine, const char *verb);

#endif
