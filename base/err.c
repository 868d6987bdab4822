/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static struct err *err_make(enum err_code code, char *msg)
{
	struct err *err = xcalloc(1, sizeof(*err));

	err->code = code;
	err->msg = msg;
	return err;
}

/* Others' texts have as many lines as they like; a message of ours that has more than one says so in its words. */
static char *err_format(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static char *err_format(const char *fmt, va_list args)
{
	char *msg = xvasprintf(fmt, args);

	for (char *p = msg; *p && !strchr(fmt, '\n'); p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	return msg;
}

struct err *err_lines(enum err_code code, char *text)
{
	return err_make(code, text);
}

struct err *err_new(enum err_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *msg = err_format(fmt, args);
	va_end(args);
	return err_make(code, msg);
}

struct err *err_errno(enum err_code code, const char *fmt, ...)
{
	int saved = errno;
	char buf[128];
	va_list args;

	va_start(args, fmt);
	auto_free char *what = err_format(fmt, args);
	va_end(args);
	/* The GNU form of strerror_r: many threads make errors at once, strerror would share one buffer. */
	return err_make(code, xasprintf("%s: %s", what, strerror_r(saved, buf, sizeof(buf))));
}

struct err *err_wrap(struct err *cause, const char *fmt, ...)
{
	if (!cause)
		return NULL;

	va_list args;

	va_start(args, fmt);
	struct err *err = err_make(cause->code, err_format(fmt, args));
	va_end(args);
	err->status = cause->status;
	err->cause = cause;
	return err;
}

struct err *err_hint(struct err *err, const char *fmt, ...)
{
	if (!err || err_hint_of(err))
		return err;

	va_list args;

	va_start(args, fmt);
	err->hint = err_format(fmt, args);
	va_end(args);
	return err;
}

struct err *err_status(struct err *err, int status)
{
	if (err)
		err->status = status;
	return err;
}

const char *err_hint_of(const struct err *err)
{
	const char *hint = NULL;

	for (; err; err = err->cause)
		if (err->hint)
			hint = err->hint;
	return hint;
}

char *err_text(const struct err *err)
{
	auto_str text = STR_INIT;

	for (; err; err = err->cause) {
		str_add(&text, err->msg);
		if (err->cause)
			str_add(&text, ": ");
	}
	return str_detach(&text);
}

void err_free(struct err *err)
{
	while (err) {
		struct err *cause = err->cause;

		free(err->msg);
		free(err->hint);
		free(err);
		err = cause;
	}
}

void err_freep(struct err **err)
{
	err_free(*err);
	*err = NULL;
}
