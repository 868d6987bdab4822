/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's entry of the keeper (drivers/keeper/keeper.h): it holds the machine's end of the agent's line, where VirtualBox
 * lets one at a time connect, and has published ports forwarded. Its machine is not its own: it ends with the machine, which
 * runs on without it. keep_client.h is the commands' side.
 */
#ifndef DRIVERS_VIRTUALBOX_KEEP_H
#define DRIVERS_VIRTUALBOX_KEEP_H

/* `machine __driver virtualbox keep NAME`; the process's exit status. */
int vbox_keep_main(void);

#endif
