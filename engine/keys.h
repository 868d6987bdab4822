/* SPDX-License-Identifier: Apache-2.0 */
/* The client's files for an engine: whom it trusts, and who it is. */
#ifndef ENGINE_KEYS_H
#define ENGINE_KEYS_H

#include <stdbool.h>

/* Paths, owned; released by engine_keys_release. All NULL: none, as for a unix socket. */
struct engine_keys {
	char *ca, *cert, *key;
};
void engine_keys_release(struct engine_keys *k);
#define auto_engine_keys __attribute__((cleanup(engine_keys_release))) struct engine_keys

/* Those in a folder, by the names that DOCKER_CERT_PATH has: ca.pem, cert.pem, key.pem. */
struct engine_keys engine_keys_in(const char *dir);
/* Is one of the files there? */
bool engine_keys_any(const struct engine_keys *k);

#endif
