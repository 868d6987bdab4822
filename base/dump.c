/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dump.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void dump_forbid(void)
{
	struct rlimit limit;

	/* The limit alone would not do: a program behind a pipe in core_pattern is handed dumps of any size. */
	prctl(PR_SET_DUMPABLE, 0);
	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
}

void dump_allow(void)
{
	prctl(PR_SET_DUMPABLE, 1);
}
