/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words from inside the guest, for root: `init start|stop|restart|status docker`, `init
 * poweroff|reboot`, sent to GUEST_CONTROL_SOCKET. Under the names poweroff, halt, reboot and
 * shutdown it is what they are elsewhere.
 */
#ifndef GUEST_INIT_CONTROL_H
#define GUEST_INIT_CONTROL_H

/* In PID 1: listen. */
void control_begin(void);

/* Answer those who wait for a service to end. */
void control_tick(void);

/* In any other process: send the words, print the answer. Exit status. */
int control_client(int argc, char **argv);

#endif
