/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VirtualBox's processes on this host, by /proc. A machine's has its UUID as an argument: VBoxHeadless --comment NAME
 * --startvm UUID --vrde config (measured with 6.1 to 7.2).
 */
#ifndef DRIVERS_VIRTUALBOX_PROCESS_H
#define DRIVERS_VIRTUALBOX_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Does a process of that user run the machine? */
bool vbox_process_runs(uid_t uid, const char *uuid);
/* End it without asking anybody. */
void vbox_process_kill(uid_t uid, const char *uuid);
/* Does another user of this host have VirtualBox at work? */
bool vbox_process_of_others(uid_t uid);

#endif
