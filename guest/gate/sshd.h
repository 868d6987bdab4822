/* SPDX-License-Identifier: Apache-2.0 */
/* The sshd behind the door: starting it, connecting to it, and what it says. */
#ifndef GUEST_GATE_SSHD_H
#define GUEST_GATE_SSHD_H

#include <stdbool.h>
#include <stddef.h>

/* Start sshd on a port of loopback that nobody has; *ret_port, and its log in *ret_log. Its pid, -1 with errno. sshd ends
 * with this thread. */
int sshd_start(const char *const argv[], int *ret_port, int *ret_log);

/* Begin a connection to it, without waiting; sshd sees that it comes from *ret_from. Descriptor, or -1 with errno. */
int sshd_connect(int port, int *ret_from);

/* What a socket needs through which keys are typed and whose peer may die silently. */
void sshd_tune(int fd);

/* Pure: the port at the end of a line of sshd's log which says that somebody has logged in from there; 0 else. */
int sshd_accepted(const char *line);

/* Pure: the length of the line that these bytes begin with, its newline counted; 0 while it is not whole. */
size_t sshd_line(const char *bytes, size_t len);

/* Remember a whole first line of sshd's, which is the same for everybody; what is no greeting is not. */
void sshd_heard(const char *line, size_t len);

/* The greeting, with its newline; "" until it was heard. */
const char *sshd_greeting(void);

#endif
