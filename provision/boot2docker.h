/* SPDX-License-Identifier: Apache-2.0 */
/* What boot2docker's system is told, as docker-machine told it. */
#ifndef PROVISION_BOOT2DOCKER_H
#define PROVISION_BOOT2DOCKER_H

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "remote/remote.h"

/* All borrowed. */
struct boot2docker {
	const char *name;
	const char *ca, *cert, *key; /* PEM */
	const char *provider;	     /* of the engine's label */
	const cJSON *engine;	     /* the record's EngineOptions; NULL: none */
};

/*
 * Commands for a root shell, made without asking anybody: the name, certificates below /var/lib/boot2docker, the engine's profile there, the engine started
 * anew. Its texts go through here-documents, so nothing in them means anything to the shell. ERR_USAGE for an option that
 * cannot stand in a profile. The caller wipes *ret: it holds the key.
 */
struct err *boot2docker_script(const struct boot2docker *b, struct str *ret) MUST_USE;

/*
 * Wait for the host's SSH until the deadline and bring it the script in one session: nothing of it stands in a list of
 * processes. say gets a line before each of the two.
 */
struct err *boot2docker_set_up(struct remote *host, const struct str *script, struct deadline d,
			       void (*say)(void *data, const char *line), void *data) MUST_USE;

#endif
