/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contract.h"

static int say_fd = 2;

void say_to(int fd)
{
	say_fd = fd;
}

void say_clean(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p < ' ' || *p == 127)
			*p = '?';
	}
}

void say(const char *fmt, ...)
{
	char line[1024] = GUEST_CONSOLE_PREFIX;
	size_t len = strlen(line);
	va_list args;

	va_start(args, fmt);
	vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
	va_end(args);
	say_clean(line);
	len = strlen(line);
	line[len++] = '\n';
	if (write(say_fd, line, len) < 0)
		return; /* nobody can be told */
}
