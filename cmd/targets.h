/* SPDX-License-Identifier: Apache-2.0 */
/* The machines that a command names, or "default" when it names none and that exists. */
#ifndef CMD_TARGETS_H
#define CMD_TARGETS_H

#include "cmd/app.h"
#include "core/machine.h"

#define TARGET_DEFAULT "default"

/* ERR_NOT_FOUND in docker-machine's words, with the hint, unless there is a machine "default" to stand for no name. */
struct err *target_default(const struct app *app, const char *hint) MUST_USE;
/* Each name once, in the order given. ERR_NOT_FOUND when none is given and there is no "default". */
struct err *target_names(const struct app *app, const struct opts *o, struct list *ret) MUST_USE;
/* docker-machine's words to whoever names several where one is meant. */
struct err *target_too_many(void) MUST_USE;
/* *ret is the caller's. */
struct err *target_one(const struct app *app, const struct opts *o, struct machine **ret) MUST_USE;
/* Load all, then call fn for each side by side. Errors of loading are all shown and then nothing is done. */
struct err *target_each(const struct app *app, const struct opts *o,
			struct err *(*fn)(struct app *app, struct machine *m, const struct opts *o)) MUST_USE;

#endif
