/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's own side, in its process: drivers/virtualbox/keeper.h is the commands'. */
#ifndef DRIVERS_VIRTUALBOX_KEEPER_RUN_H
#define DRIVERS_VIRTUALBOX_KEEPER_RUN_H

/* `machine __driver virtualbox keep NAME`; the process's exit status. */
int keeper_main(int argc, char *const *argv);

#endif
