/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/plain.h"
#include "base/str.h"

static atomic_bool log_on;

void log_set_debug(bool on)
{
	log_on = on;
}

bool log_is_debug(void)
{
	return log_on;
}

void log_debug(const char *fmt, ...)
{
	if (!log_on)
		return;

	auto_str raw = STR_INIT, line = STR_INIT;
	va_list args;

	va_start(args, fmt);
	str_vaddf(&raw, fmt, args);
	va_end(args);
	str_trim_end(&raw);
	plain_add(&line, raw.buf, raw.len, 0, PLAIN_LINES);
	str_add_char(&line, '\n');

	/* One write for the whole line, so that lines of several threads do not mix. */
	ssize_t n = write(STDERR_FILENO, line.buf, line.len);

	(void)n;
}
