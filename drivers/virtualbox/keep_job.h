/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work with VBoxManage beside the keeper: a call takes 50 ms to minutes, for which nobody else is to wait. It is done by a
 * child, which dies with the keeper, and says what came of it.
 */
#ifndef DRIVERS_VIRTUALBOX_KEEP_JOB_H
#define DRIVERS_VIRTUALBOX_KEEP_JOB_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct keep_job {
	pid_t pid; /* 0: nothing is done */
	int fd;	   /* readable when the child says something, or has ended */
	struct str said;
};
#define KEEP_JOB_NONE                                                                                                  \
	{                                                                                                              \
		.fd = -1, .said = STR_INIT                                                                             \
	}

/* Run work in the child, which tells what it writes into *ret. The job must be at rest. */
struct err *keep_job_begin(struct keep_job *j, void (*work)(void *data, struct str *ret), void *data) MUST_USE;
/*
 * Read what the child has said. true: it has ended, and the job rests, with all of it in said; *ret_whole says that the child
 * came to its end by itself.
 */
bool keep_job_read(struct keep_job *j, bool *ret_whole);
/* End the child without asking, if there is one, and free what it has said. */
void keep_job_release(struct keep_job *j);

#endif
