/* SPDX-License-Identifier: Apache-2.0 */
/* What scp and mount are told: a path of this host or of a machine. */
#ifndef CMD_PLACE_H
#define CMD_PLACE_H

#include "base/str.h"
#include "cmd/app.h"
#include "core/machine.h"

/* "[[user@]machine:]path" */
struct place {
	char *machine; /* "" for a path of this host */
	char *word;    /* what scp, rsync and sshfs are told */
};

/*
 * With a slash before the colon it is a path, as for scp; docker-machine knew only that "localhost" is here. Release it with
 * place_release.
 */
struct place place_parse(const char *text);
void place_release(struct place *p);
#define auto_place __attribute__((cleanup(place_release))) struct place

/* The place's machine; *ret is the caller's. */
struct err *place_open(const struct app *app, const struct place *p, struct machine **ret) MUST_USE;
/* Add the configuration of OpenSSH for the place's machine, which has to run; nothing for a path of this host. */
struct err *place_config(const struct app *app, const struct place *p, struct str *ret) MUST_USE;

#endif
