/* SPDX-License-Identifier: Apache-2.0 */
/* What the core works with: where the store is, whose keys are used, and how to tell the user something. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "base/err.h"
#include "base/list.h"
#include "certs/keys.h"

enum say_kind {
	SAY_LINE,  /* a line that docker-machine prints too: its clients may read it on stdout */
	SAY_STAGE, /* progress of our own */
	SAY_WARN
};

struct core {
	char *store;			/* absolute */
	char *state_dir;		/* <store>/.state: locks, address reservations, remembered digests and probes */
	char *ca, *ca_key, *cert, *key; /* the shared keys; absolute */
	char *certs_dir;
	const char *prog; /* the name that texts have for the program; borrowed. NULL: "machine" */
	/* May be called from several threads at once. machine is NULL when the line concerns no machine alone. */
	void (*say)(void *data, enum say_kind kind, const char *machine, const char *text);
	void *data;
};

/* store: "" for the default. The four paths: "" for the default below <store>/certs. */
struct err *core_init(struct core *ret, const char *store, const char *ca, const char *ca_key, const char *cert,
		      const char *key) MUST_USE;
void core_release(struct core *c);

const char *core_prog(const struct core *c);
void core_say(const struct core *c, enum say_kind kind, const char *machine, const char *fmt, ...) PRINTF_LIKE(4, 5);
struct certs_paths core_certs(const struct core *c);

#endif
