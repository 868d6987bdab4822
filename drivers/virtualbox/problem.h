/* SPDX-License-Identifier: Apache-2.0 */
/* Why a machine stands still that VirtualBox paused by itself. */
#ifndef DRIVERS_VIRTUALBOX_PROBLEM_H
#define DRIVERS_VIRTUALBOX_PROBLEM_H

#include "drivers/virtualbox/handle.h"

/* The driver's member problem: by VirtualBox's log alone, for a machine that was asked for its state and is paused. */
char *vbox_problem(void *self);
/* Is there no room where its files lie? */
bool vbox_has_no_room(const struct vbox *v);
/* A problem as the error of a command that needs the machine to go on. */
struct err *vbox_problem_error(const struct vbox *v, const char *problem) MUST_USE;

#endif
