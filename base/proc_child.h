/* SPDX-License-Identifier: Apache-2.0 */
/* A child process: with what it is started, and what came of it. */
#ifndef BASE_PROC_CHILD_H
#define BASE_PROC_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct proc {
	const char *const *argv; /* argv[0] is looked up on PATH */
	int timeout_ms;		 /* 0: 60 s */
	const char *input;	 /* for its standard input, NULL: /dev/null */
	size_t input_len;
	size_t max_output;	     /* per stream, 0: 1 MiB; more is an error */
	const char *const *env;	     /* "NAME=VALUE" besides what we have, ends with NULL; NULL: none */
	const char *missing_hint;    /* hint when the program is not installed, NULL: none */
	const char *missing_package; /* or the package that has it (base/package.h), NULL: none */
	bool any_status;	     /* a status other than 0 is no error: look at .status */
	/* results, released by proc_release */
	int status; /* exit status; 128 + signal */
	struct str out;
	struct str errout;
};

#define PROC_INIT .out = STR_INIT, .errout = STR_INIT

#endif
