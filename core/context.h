/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine as a context of the Docker client: an entry in $DOCKER_CONFIG (~/.docker) as `docker context create` writes it,
 * with the client's keys. Facts: github.com/docker/cli, cli/context/store (meta/<SHA-256 of the name>/meta.json and
 * tls/<the same>/docker/), "currentContext" in config.json.
 *
 * An entry of ours names machine and store in its metadata; another's is never touched. The record says which it is
 * ("Machine.Context").
 */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include "core/machine_handle.h"

/*
 * Write the machine's context and make it the current one. wanted: its name, NULL for the machine's (with "machine-" before
 * it where the client does not take that). ERR_EXISTS when that is another's. The caller saves the record and frees *ret,
 * the name.
 */
struct err *context_use(struct machine *m, const char *wanted, const char *url, char **ret) MUST_USE;
/* Make none of our contexts the current one; *ret: was one? */
struct err *context_unuse(bool *ret) MUST_USE;
/* Where the machine has a context: its URL or keys may be others now. What cannot be written is warned of. */
void context_refresh(struct machine *m);
/* Remove the machine's context, where it has one. What cannot be removed is warned of. */
void context_remove(struct machine *m);

#endif
