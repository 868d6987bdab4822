/* SPDX-License-Identifier: Apache-2.0 */
/* Asking many machines at once: what `ls` and `active` show. */
#ifndef CORE_SURVEY_H
#define CORE_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/machine.h"

struct survey_row {
	char *name;
	struct machine *m; /* NULL: the record could not be read, see error */
	enum machine_state state;
	char *url;	 /* "" when it has none now */
	char *version;	 /* of the engine, NULL: unknown or not asked */
	char *error;	 /* NULL: none */
	int64_t took_us; /* for the engine's answer */
	bool active;	 /* runs, and its URL is $DOCKER_HOST */
};

struct survey {
	struct survey_row *rows;
	size_t n;
};

void survey_release(struct survey *s);
#define auto_survey __attribute__((cleanup(survey_release))) struct survey

/*
 * Open all machines of the store; state and URL of each are asked side by side. One whose hypervisor cannot be reached in
 * timeout_ms is in STATE_TIMEOUT.
 */
struct err *survey_machines(const struct core *c, int timeout_ms, struct survey *ret) MUST_USE;
/* Ask the engines of those that run, all at once, each at most timeout_ms. What fails stands in the row. */
struct err *survey_engines(struct survey *s, int timeout_ms) MUST_USE;
/* Drop a row. */
void survey_drop(struct survey *s, size_t i);

#endif
