/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine is started with. */
#ifndef GUEST_INIT_ENGINE_H
#define GUEST_INIT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "init/profile.h"
#include "lib/json.h"

#define ENGINE_CONFIG GUEST_RUN_DIR "/daemon.json"
#define ENGINE_CONTAINERD "/run/containerd/containerd.sock"
#define ENGINE_WORDS 64

/*
 * Pure: the engine's configuration: `user` (may be NULL) over our defaults, except where the guest
 * depends on ours. The caller's to delete.
 */
cJSON *engine_config(const cJSON *user);

/* Pure: can an engine that runs with `was` become one with `now` by a reload alone? */
bool engine_reloadable(const cJSON *was, const cJSON *now);

/* argv and environment of one start. */
struct engine_start {
	const char *argv[ENGINE_WORDS];
	const char *env[ENGINE_WORDS];
	char *owned[ENGINE_WORDS];
	size_t owned_count;
};

/* Writes ENGINE_CONFIG from the identity and boot2docker's profile. */
void engine_prepare(struct engine_start *s);
void engine_release(struct engine_start *s);

enum engine_change {
	ENGINE_SAME,
	ENGINE_RELOADS,
	ENGINE_STARTS_ANEW
};

/* What the running engine must do to have the configuration of the identity. Where it is to reload, the configuration is
 * written. */
enum engine_change engine_differs(void);

#endif
