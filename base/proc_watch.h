/* SPDX-License-Identifier: Apache-2.0 */
/* Between proc.c, which starts a child, and proc_watch.c, which sees it to its end. */
#ifndef BASE_PROC_WATCH_H
#define BASE_PROC_WATCH_H

#include <sys/types.h>

#include "base/err.h"
#include "base/proc_child.h"

/* The child's ends are closed in the parent, the others in the child. */
enum {
	PROC_IN,
	PROC_OUT,
	PROC_OUT_CHILD,
	PROC_ERR,
	PROC_ERR_CHILD,
	PROC_EXEC,
	PROC_EXEC_CHILD
};

struct proc_pipes {
	int fd[7];
	pid_t pid; /* of the child, which leads a process group of its own */
};

/*
 * Gather the output until the child has ended, and reap it in any case. The group is ended at the deadline, at an
 * interrupt, or when there is too much output. Sets p->status.
 */
struct err *proc_watch(struct proc *p, struct proc_pipes *c) MUST_USE;

#endif
