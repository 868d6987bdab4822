/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's keys: who we are, and whom we let in. */
#ifndef GUEST_GATE_TLS_H
#define GUEST_GATE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls_files {
	const char *ca;
	const char *cert;
	const char *key;
};

/* A context with these files; NULL, and the reason in why. */
SSL_CTX *tls_context(const struct tls_files *files, char *why, size_t size);

/* Are all files there? */
bool tls_files_present(const struct tls_files *files);

#endif
