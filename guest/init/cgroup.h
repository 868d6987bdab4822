/* SPDX-License-Identifier: Apache-2.0 */
/* What containers leave to the rest of the guest, so that it answers whatever they do. */
#ifndef GUEST_INIT_CGROUP_H
#define GUEST_INIT_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* Pure: of so many bytes of memory, those that all containers together may have. */
int64_t cgroup_memory(int64_t total);

/* Pure: a cgroup-parent of daemon.json the name of its topmost folder; false where it has none. */
bool cgroup_name(const char *parent, char ret[128]);

/* Make the group below which the engine makes those of its containers; NULL: the engine's default. Bound it. */
void cgroup_containers(const char *parent);

#endif
