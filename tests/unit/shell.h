/* SPDX-License-Identifier: Apache-2.0 */
/* For unit tests: ask another program whether it agrees with us. */
#ifndef TESTS_UNIT_SHELL_H
#define TESTS_UNIT_SHELL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Run a command line made by the test alone; its output, both streams, replaces *ret. -1 when it did not succeed. */
__attribute__((format(printf, 2, 3))) static inline int shell(struct str *ret, const char *fmt, ...)
{
	va_list args;
	char buf[4096];
	size_t n;

	va_start(args, fmt);
	auto_free char *command = xvasprintf(fmt, args);
	va_end(args);

	auto_free char *both = xasprintf("{ %s; } 2>&1 </dev/null", command);
	FILE *f = popen(both, "r");

	str_clear(ret);
	if (!f)
		return -1;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add_mem(ret, buf, n);
	return pclose(f) == 0 ? 0 : -1;
}

static inline int shell_has(const char *program)
{
	auto_str out = STR_INIT;

	return shell(&out, "command -v %s", program) == 0;
}

#endif
