/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which machines are listed. */
#ifndef CMD_LS_SORT_H
#define CMD_LS_SORT_H

#include "core/survey.h"

/* By name without regard to case, numbers in it by their value. */
void ls_sort(struct survey *s);

#endif
