/* SPDX-License-Identifier: Apache-2.0 */
/* What `create` was told: its options, and what they come to. Nothing is made here. */
#ifndef CMD_CREATE_OPTS_H
#define CMD_CREATE_OPTS_H

#include "cmd/app.h"
#include "drivers/driver.h"

#define CREATE_DEFAULT_DRIVER "qemu"

extern const struct opt create_opts[];

/* The tables besides that one: the record's and each driver's. max counts the NULL at their end. */
void create_opts_more(const struct opt **tables, size_t max);
/*
 * The driver that was named, else the default: by the old name that tool's, where VirtualBox is there. ERR_NOT_FOUND in
 * docker-machine's words.
 */
struct err *create_opts_driver(const struct app *app, const struct opts *o, const struct driver **ret) MUST_USE;
/* Every driver's options are parsed, since --driver may come last; those of another driver than ops are a mistake. */
struct err *create_opts_foreign(const struct opts *o, const struct driver *mine) MUST_USE;
/* Add the names of the machines to make: those given, or NAME-1 to NAME-N. Whether they are taken is not looked at. */
struct err *create_opts_names(const struct app *app, const struct opts *o, struct list *ret) MUST_USE;

#endif
