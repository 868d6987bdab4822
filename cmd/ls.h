/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `ls`: choosing rows, their order, and how they are printed. */
#ifndef CMD_LS_H
#define CMD_LS_H

#include <cjson/cJSON.h>

#include "core/survey.h"

/* Keep the rows that every key of "key=value" filters allows; values of one key are alternatives. */
struct err *ls_filter(struct survey *s, const struct list *filters) MUST_USE;
/* By name without regard to case, numbers in it by their value. */
void ls_sort(struct survey *s);
/* One row in the shape of docker-machine's HostListItem, the response time in nanoseconds. The caller frees. */
cJSON *ls_row(const struct survey *s, size_t i);
/* Does DOCKER_HOST name the swarm that the machine is master of? */
bool ls_is_active_swarm(const struct survey_row *r);
/* The master of the swarm that a machine belongs to, known by the same discovery text; NULL: none is among the rows. */
const struct survey_row *ls_swarm_master(const struct survey *s, const struct survey_row *r);
/* format: a Go template, "table ..." for columns, "" for the default table. */
struct err *ls_print(const struct survey *s, const char *format) MUST_USE;

#endif
