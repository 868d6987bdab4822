/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes. PID 1 reaps in one place; who waits for a child of his own is told from there.
 */
#ifndef GUEST_INIT_RUN_H
#define GUEST_INIT_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#define RUN_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct launch {
	const char *const *argv;
	const char *const *env; /* NULL: PATH alone */
	int in;			/* descriptor 0; -1 is /dev/null */
	int out;		/* descriptors 1 and 2; -1 is /dev/null */
	int three;		/* descriptor 3; -1 is none */
	const char *cgroup;	/* cgroup.procs to enter; NULL stays */
	const char *oom;	/* its oom_score_adj; NULL keeps 0 */
};

/* In its own session, default signals, nothing else open. The pid, or -1. */
pid_t run_start(const struct launch *l);

/* Run to its end from a thread that is not the loop: exit status, 128 + signal, or -1 (not started,
 * or killed at the deadline). `input`, when not NULL, is its standard input. */
int run(const char *const argv[], const char *input, int timeout_ms);

/* The loop found that pid ended: true when a run() waits for it. */
bool run_ended(pid_t pid, int status);

#endif
