/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes: an argv, a deadline, bounded output. A child dies with us (PR_SET_PDEATHSIG) unless detached.
 * argv is logged shell-quoted at debug level: no secret belongs into it.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/proc_child.h"

void proc_release(struct proc *p);
#define auto_proc __attribute__((cleanup(proc_release))) struct proc

/* Run to the end. A failure quotes the last line of its stderr. A passed deadline kills the process group. */
struct err *proc_run(struct proc *p) MUST_USE;

/* The absolute path of a program on PATH, or ERR_NOT_FOUND "program 'x' is not installed". The caller frees. */
struct err *proc_find(const char *program, char **ret) MUST_USE;

/*
 * Run with our own standard streams and terminal to the end, however long: a user attends it. Nothing is quoted or
 * killed; a signal that ends us is passed on. *ret_status as in struct proc. ERR_INTERRUPTED after an interrupt.
 */
struct err *proc_attended(const char *const *argv, int *ret_status) MUST_USE;

/* Replace this process. Returns only on failure. */
struct err *proc_exec(const char *const *argv) MUST_USE;

/* For tests: answer instead of a child. NULL gives the real one back. */
typedef struct err *(*proc_fake_fn)(struct proc *p, void *data);
void proc_set_fake(proc_fake_fn fn, void *data);

#endif
