/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door before sshd: it takes connections at the machine's port, answers strangers with sshd's greeting, and lets in to
 * sshd, which costs a process each, those that go on with the protocol. All come from one address where QEMU's network is
 * between, so their number is bounded by letting the idlest go. It passes bytes; who has logged in, sshd's log says.
 */
#ifndef GUEST_GATE_DOOR_H
#define GUEST_GATE_DOOR_H

#include <stdbool.h>
#include <stddef.h>

/* Run sshd with these words behind the listening socket. Ends the program when sshd ends. */
_Noreturn void door_run(int listener, const char *const sshd[]);

/* Start sshd on a port of loopback that nobody has; *ret_port, and its log in *ret_log. Its pid, -1 with errno. sshd ends
 * with this thread. */
int door_sshd(const char *const argv[], int *ret_port, int *ret_log);

/* Pure: the port at the end of a line of sshd's log which says that somebody has logged in from there; 0 else. */
int door_accepted(const char *line);

#endif
