/* SPDX-License-Identifier: Apache-2.0 */
/* Core dumps: a process of ours may hold private keys, and leaves none of them when it crashes. */
#ifndef BASE_DUMP_H
#define BASE_DUMP_H

/*
 * From now on this process leaves no core dump, whatever takes them (core(5)), and no other process of its user looks into it,
 * nor at its /proc entries; those that it starts leave none in a file.
 */
void dump_forbid(void);
/* For those that other programs read files of below /proc/PID/fd: only before there was a key in memory. */
void dump_allow(void);

#endif
