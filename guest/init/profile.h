/* SPDX-License-Identifier: Apache-2.0 */
/* boot2docker's /var/lib/boot2docker/profile: shell assignments, read without a shell. */
#ifndef GUEST_INIT_PROFILE_H
#define GUEST_INIT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/json.h"

#define PROFILE_FILE "/var/lib/boot2docker/profile"
#define PROFILE_MAX 65536
#define PROFILE_WORDS 32

struct profile {
	char *text; /* owns what the rest points into */
	const char *extra_args;
	const char *ca, *cert, *key;
	const char *env[PROFILE_WORDS]; /* "NAME=VALUE" of exported ones */
	size_t env_count;
};

/* Pure: takes text apart in place; text stays the profile's. Unknown assignments are ignored. */
void profile_parse(char *text, struct profile *ret);

/* Reads the file; an absent one is an empty profile. */
void profile_load(struct profile *ret);
void profile_release(struct profile *p);

/*
 * Pure: engine flags ("--label a=b --debug") that have a member in daemon.json become that member
 * of `config`; an engine refuses to see both. args is taken apart in place; what is not known goes
 * to rest[], their number to *count.
 */
void profile_args(char *args, cJSON *config, const char *rest[], size_t max, size_t *count);

#endif
