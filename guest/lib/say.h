/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for the console. Each is one write, so that lines of threads and programs do not mix. */
#ifndef GUEST_LIB_SAY_H
#define GUEST_LIB_SAY_H

/* Where lines go; 2 when nothing was set. */
void say_to(int fd);

/* "machine: TEXT\n"; control characters become '?', and what is too long for one line is cut. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Replace what a terminal or a line reader could misunderstand. */
void say_clean(char *text);

#endif
