/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door before sshd: it takes connections at the machine's port, answers strangers with sshd's greeting, and lets in to
 * sshd, which costs a process each, those that go on with the protocol. All come from one address where QEMU's network is
 * between, so their number is bounded by letting the idlest go. It passes bytes; who has logged in, sshd's log says.
 */
#ifndef GUEST_GATE_DOOR_H
#define GUEST_GATE_DOOR_H

/* Run sshd with these words behind the listening socket. Ends the program when sshd ends. */
_Noreturn void door_run(int listener, const char *const sshd[]);

#endif
