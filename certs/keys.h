/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may talk to whom: CA, client and server certificates (P-256, docker-machine's file names, places and modes) and
 * SSH keys (Ed25519). All of OpenSSL's key code is in this folder.
 *
 * Certificates start a day early, the CA lives ten years, client and server certificates two years. Subject "O=...",
 * key usages and SANs as docker-machine.md section 5 says, plus a CN.
 */
#ifndef CERTS_KEYS_H
#define CERTS_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

/* Paths of the shared keys; all absolute, borrowed. */
struct certs_paths {
	const char *dir;		/* <store>/certs */
	const char *ca, *ca_key;	/* ca.pem, ca-key.pem */
	const char *cert, *key;		/* the client's cert.pem, key.pem */
};

/*
 * The CA and the client certificate exist, fit together, are inside their time and are readable, or are made: whole,
 * under a lock (ca and client each by rename; a crash in the middle is found and mended), safe beside other processes.
 * An ended CA is replaced with a new one, then the client's certificate too. A client certificate that is not signed
 * by the CA is replaced. A CA key without its certificate, a corrupted file or one that does not fit: an error that
 * names the file and a hint; never overwritten silently.
 * created is called with a line to tell ("Creating CA: PATH", "Creating client certificate: PATH").
 */
struct err *certs_bootstrap(const struct certs_paths *paths, void (*created)(void *data, const char *line),
			    void *data) MUST_USE;

/* A server certificate for these names and addresses (each an IP or a DNS name), signed by the CA. PEM texts, the caller frees. */
struct err *certs_server(const struct certs_paths *paths, const char *machine, const struct list *sans,
			 char **ret_cert, char **ret_key) MUST_USE;

/* Seconds since the epoch at which a certificate file ends; ERR_FAILED names the file when it is no certificate. */
struct err *certs_end(const char *path, int64_t *ret) MUST_USE;
/* Does the certificate at path chain to the CA at ca_path and is inside its time? ERR_AUTH with the reason if not. */
struct err *certs_verify(const char *path, const char *ca_path) MUST_USE;

/*
 * A new Ed25519 key pair: private key in OpenSSH's format (openssh-key-v1, no passphrase), public as one line
 * "ssh-ed25519 AAAA... comment\n". The caller frees; wipe the private one (auto_secret).
 */
struct err *certs_ssh_key(const char *comment, char **ret_private, char **ret_public) MUST_USE;

/* Lower-case hex of n random bytes; the caller frees. */
struct err *certs_random_hex(int n, char **ret) MUST_USE;

/* SHA-256 of a file as 64 hex digits; the caller frees. For image digests. */
struct err *certs_sha256_file(const char *path, char **ret) MUST_USE;

#endif
