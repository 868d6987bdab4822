/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors as objects: NULL is success.
 *
 * A message is one line, lower case, without a full stop, and names the thing in quotes. A hint is a sentence
 * with the command that mends it. A cause is what the layer below said. Only cmd/main.c prints them.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Add a code only when a caller branches on it. */
enum err_code {
	ERR_FAILED = 1,	 /* anything that no caller tells apart */
	ERR_USAGE,	 /* the command line or an option's value is wrong */
	ERR_NOT_FOUND,	 /* a machine, file or member is not there */
	ERR_EXISTS,	 /* the name is taken */
	ERR_WRONG_STATE, /* the thing is not in the state that this needs */
	ERR_UNSUPPORTED, /* this driver or this build cannot */
	ERR_TIMEOUT,	 /* a deadline passed */
	ERR_AUTH,	 /* the other side does not trust us or we do not trust it */
	ERR_NETWORK,	 /* an endpoint could not be reached */
	ERR_PRECHECK,	 /* a check before create failed; nothing was touched */
	ERR_HELP,	 /* no failure: the user asked for help */
	ERR_INTERRUPTED, /* the user pressed Ctrl-C or we were told to end */
	ERR_REPORTED	 /* already printed; only the exit status is left */
};

struct err {
	enum err_code code;
	char *msg;
	char *hint;	   /* NULL: none */
	struct err *cause; /* NULL: none */
	int status;	   /* exit status to use, 0: by code */
};

/* A line's end in what is put into a message becomes a blank, but where fmt itself has one. */
struct err *err_new(enum err_code code, const char *fmt, ...) MUST_USE PRINTF_LIKE(2, 3);

/* The texts of several errors, each on a line of its own. Takes the text. */
struct err *err_lines(enum err_code code, char *text) MUST_USE;

/* As err_new, with ": " and the text of errno at the end. errno is read at entry. */
struct err *err_errno(enum err_code code, const char *fmt, ...) MUST_USE PRINTF_LIKE(2, 3);

/* Put a sentence above a cause; the code, status and hint of the cause are kept. NULL in, NULL out. */
struct err *err_wrap(struct err *cause, const char *fmt, ...) MUST_USE PRINTF_LIKE(2, 3);

/* Add a hint where there is none yet: the innermost hint wins. NULL in, NULL out. Returns err. */
struct err *err_hint(struct err *err, const char *fmt, ...) MUST_USE PRINTF_LIKE(2, 3);

/* Set the exit status that main uses. NULL in, NULL out. Returns err. */
struct err *err_status(struct err *err, int status) MUST_USE;

/* The hint of the error or of its causes, NULL when there is none. Borrowed. */
const char *err_hint_of(const struct err *err);

/* "message: cause: cause" on one line; the caller frees. */
char *err_text(const struct err *err) MUST_USE;

void err_free(struct err *err);
void err_freep(struct err **err);

#define auto_err __attribute__((cleanup(err_freep))) struct err

/* Drop an error on purpose (best-effort clean-up). */
#define IGNORE(expr) err_free(expr)

#define TRY(expr)                                                                                                      \
	do {                                                                                                           \
		struct err *try_err_ = (expr);                                                                         \
		if (try_err_)                                                                                          \
			return try_err_;                                                                               \
	} while (0)

#endif
