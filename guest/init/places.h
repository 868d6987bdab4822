/* SPDX-License-Identifier: Apache-2.0 */
/* Where boot2docker kept what the engine is reached with: scripts for it look there. */
#ifndef GUEST_INIT_PLACES_H
#define GUEST_INIT_PLACES_H

#include <stdbool.h>

#define PLACES_DIR "/var/lib/boot2docker"

/*
 * Copies of the identity's certificates, the key readable by root alone, and a profile that names them where there is none.
 * Without certificates nothing is changed: then they may have come from there. What cannot be written is removed, since an
 * old key beside a new certificate is worse than none. False then.
 */
bool places_keep(void);

#endif
