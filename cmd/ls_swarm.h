/* SPDX-License-Identifier: Apache-2.0 */
/* Machines of Docker's old Swarm, in lists. */
#ifndef CMD_LS_SWARM_H
#define CMD_LS_SWARM_H

#include <stdbool.h>

#include "core/survey.h"

/* The master of the swarm that a machine belongs to, known by the same discovery text; NULL: none is among the rows. */
const struct survey_row *ls_swarm_master(const struct survey *s, const struct survey_row *r);
/* Does DOCKER_HOST name the swarm that the machine is master of? */
bool ls_swarm_is_active(const struct survey_row *r);

#endif
