/* SPDX-License-Identifier: Apache-2.0 */
/* The console's log: one for each run, of at most 1 MiB; the one before is kept, because it may tell why that run ended. */
#ifndef DRIVERS_QEMU_KEEP_CONSOLE_H
#define DRIVERS_QEMU_KEEP_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "drivers/link/console.h"

struct keep_console {
	const char *dir; /* the machine's folder, borrowed */
	int fd;		 /* from QEMU; -1: closed */
	int file;
	size_t size;
	struct console_line line;
	void (*printed)(void *data, const char *text, size_t n);
	void *data;
};

/* Begin a log. fd stays as it is. */
struct err *keep_console_open(struct keep_console *c) MUST_USE;
void keep_console_close(struct keep_console *c);
bool keep_console_read(struct keep_console *c); /* false: nothing more for now */

#endif
