/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A tool that runs for seconds gains nothing from a path for "no memory" in every function. */
static void *mem_need(void *p)
{
	static const char text[] = "out of memory\n";

	if (!p) {
		ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

		(void)n;
		abort();
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return mem_need(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return mem_need(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return mem_need(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return mem_need(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = xvasprintf(fmt, args);
	va_end(args);
	return text;
}

char *xvasprintf(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	return mem_need(text);
}

void mem_wipe(void *p, size_t n)
{
	if (p && n)
		explicit_bzero(p, n);
}

void mem_free_secret(char *s)
{
	if (s)
		mem_wipe(s, strlen(s));
	free(s);
}

void mem_freep(void *pp)
{
	void *p;

	/* Through memcpy: pp points to a pointer of any type, and reading that as void * would break aliasing rules. */
	memcpy(&p, pp, sizeof(p));
	free(p);
	p = NULL;
	memcpy(pp, &p, sizeof(p));
}

void mem_free_secretp(char **s)
{
	mem_free_secret(*s);
	*s = NULL;
}

void mem_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}
