/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another host by SSH: run a command there, put a file there, close. How that is done is an entry of struct remote_ops:
 * OpenSSH's program (remote/openssh.h), a library, or a double in tests. Every call blocks up to its deadline and ends early
 * by an interrupt.
 */
#ifndef REMOTE_REMOTE_H
#define REMOTE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* Who is reached, and by which keys. All borrowed. */
struct remote_place {
	const char *host; /* a name or an address */
	int port;
	const char *user;
	const char *key;	 /* the file of the private key */
	const char *known_hosts; /* the file of pinned host keys; it may be missing */
	bool trust_new; /* no key is pinned yet: the first one that is seen will be. So it is where known_hosts is missing */
};

struct remote_run {
	const char *command; /* for the shell of the account; others of that host may read it: no secret */
	const char *input;   /* for its standard input, NULL: none */
	size_t input_len;
	int timeout_ms;	   /* 0: 60 s */
	size_t max_output; /* per stream, 0: 1 MiB; more is an error */
	bool any_status;   /* a status other than 0 is no error: look at .status */
	/* results, released by remote_run_release */
	int status;
	struct str out, errout;
};
#define REMOTE_RUN_INIT .out = STR_INIT, .errout = STR_INIT
void remote_run_release(struct remote_run *r);
#define auto_remote_run __attribute__((cleanup(remote_run_release))) struct remote_run

struct remote_ops {
	const char *name;
	/* Make a handle; place lasts for this call only. It may connect, or leave that to the first run. */
	struct err *(*open)(const struct remote_place *place, void **ret_self);
	/* ERR_NOT_FOUND when what it takes is not installed here; ERR_TIMEOUT, ERR_INTERRUPTED; ERR_FAILED with the last words of stderr. */
	struct err *(*run)(void *self, struct remote_run *r);
	/* optional: a file, as remote_put says. Without it a shell there writes it. */
	struct err *(*put)(void *self, const char *path, const void *data, size_t len, mode_t mode, int timeout_ms);
	void (*close)(void *self);
};

struct remote;

/* *ret is the caller's to close. */
struct err *remote_open(const struct remote_ops *ops, const struct remote_place *place, struct remote **ret) MUST_USE;
/* NULL is fine. */
void remote_close(struct remote *r);
void remote_closep(struct remote **r);
#define auto_remote __attribute__((cleanup(remote_closep))) struct remote

struct err *remote_run(struct remote *r, struct remote_run *run) MUST_USE;

/* A file there, whole or not at all, with this mode from its first byte on. An absolute path. */
struct err *remote_put(struct remote *r, const char *path, const void *data, size_t len, mode_t mode,
		       int timeout_ms) MUST_USE;

#endif
