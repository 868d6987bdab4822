/* SPDX-License-Identifier: Apache-2.0 */
/* Older records, and records whose store was moved: made in memory what docker-machine 0.16 would have written here. */
#ifndef CORE_MIGRATE_H
#define CORE_MIGRATE_H

#include <cjson/cJSON.h>

#include "core/core.h"

/*
 * A record of version 0, 1 or 2 becomes one of version 3; what it holds beyond that stays. Version 0 has its settings flat
 * at the root, 1 another name for the CA's key, 2 no store in "Driver".
 */
void migrate_record(const struct core *c, const char *name, cJSON *record);

/*
 * Paths of the folder or the store that the record was made in become those in which it was found, when these are others:
 * a store that was moved or renamed, also one whose path was recorded relative. Other paths stay.
 */
void migrate_paths(const struct core *c, const char *name, cJSON *record);

#endif
