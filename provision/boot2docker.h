/* SPDX-License-Identifier: Apache-2.0 */
/* What boot2docker's system is told, as docker-machine told it. Pure. */
#ifndef PROVISION_BOOT2DOCKER_H
#define PROVISION_BOOT2DOCKER_H

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/str.h"

/* All borrowed. */
struct boot2docker {
	const char *name;
	const char *ca, *cert, *key; /* PEM */
	const char *provider;	     /* of the engine's label */
	const cJSON *engine;	     /* the record's EngineOptions; NULL: none */
};

/*
 * Commands for a root shell: the name, certificates below /var/lib/boot2docker, the engine's profile there, the engine started
 * anew. Its texts go through here-documents, so nothing in them means anything to the shell. ERR_USAGE for an option that
 * cannot stand in a profile. The caller wipes *ret: it holds the key.
 */
struct err *boot2docker_script(const struct boot2docker *b, struct str *ret) MUST_USE;

#endif
