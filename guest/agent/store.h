/* SPDX-License-Identifier: Apache-2.0 */
/* An identity that came as a message, as files in the layout of the seed. */
#ifndef GUEST_AGENT_STORE_H
#define GUEST_AGENT_STORE_H

#include "lib/json.h"

/*
 * The whole identity below dir: "machine", "daemon" and "files" of the message. Files that it does
 * not name are removed; machine.json is written last. NULL, or what is wrong.
 */
const char *store_identity(const char *dir, const cJSON *message);

/* Only the three certificates of "files", all of them. NULL, or what is wrong. */
const char *store_certificates(const char *dir, const cJSON *message);

/* Overwrite every text of the tree: it may hold private keys. */
void store_wipe(cJSON *tree);

#endif
