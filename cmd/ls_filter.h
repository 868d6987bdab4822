/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows `ls` shows. */
#ifndef CMD_LS_FILTER_H
#define CMD_LS_FILTER_H

#include "core/survey.h"

/*
 * Keep the rows that every key of "key=value" filters allows; values of one key are alternatives. ERR_FAILED in
 * docker-machine's words for what is no filter, and then nothing was dropped.
 */
struct err *ls_filter(struct survey *s, const struct list *filters) MUST_USE;

#endif
