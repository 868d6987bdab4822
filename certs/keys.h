/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may talk to whom: CA, client and server certificates (P-256, docker-machine's file names, places and modes) and
 * SSH keys (Ed25519). All of OpenSSL's key code is in this folder.
 *
 * Certificates start a day early; the CA lives ten years, client and server certificates 825 days and never longer
 * than the CA. Subject O=, key usages and order of SANs are docker-machine's, without keyEncipherment, which RFC 8813
 * forbids for keys on curves; plus a CN and key identifiers. RSA keys and PKCS#1 files of docker-machine go on working.
 */
#ifndef CERTS_KEYS_H
#define CERTS_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

#define CERTS_RENEW_DAYS 30 /* a certificate that ends within so many days is renewed */

/* Paths of the shared keys; all absolute, borrowed. */
struct certs_paths {
	const char *dir;	 /* <store>/certs */
	const char *ca, *ca_key; /* ca.pem, ca-key.pem */
	const char *cert, *key;	 /* the client's cert.pem, key.pem */
};

/*
 * The CA and the client certificate exist, fit together, are inside their time and are readable, or are made: whole,
 * under a lock (ca and client each by rename; a crash in the middle is found and mended), safe beside other processes.
 * A CA of ours that ends within CERTS_RENEW_DAYS is replaced with a new one, then the client's certificate too; one whose
 * key is elsewhere, and one of somebody else's or of docker-machine's, only when it has ended. A client certificate that is not signed by the CA or ends within CERTS_RENEW_DAYS is
 * replaced. A key without its certificate (ERR_EXISTS, docker-machine's
 * text), a corrupted file or one that does not fit: an error that names the file and a hint; nothing is overwritten.
 * The CA's key may be missing (some keep it off line) until something has to be signed: ERR_NOT_FOUND then.
 * created (NULL: nobody listens) is called with a line to tell before it happens: "Creating CA: PATH",
 * "Creating client certificate: PATH", and why something is replaced.
 * Makes paths->dir (0700); other folders that the paths lead to must exist. Waits up to 60 s for other processes.
 */
struct err *certs_bootstrap(const struct certs_paths *paths, void (*created)(void *data, const char *line),
			    void *data) MUST_USE;

/* The same, and a new client certificate although the one that stands is good (its key may have leaked). */
struct err *certs_renew_client(const struct certs_paths *paths, void (*created)(void *data, const char *line),
			       void *data) MUST_USE;

/* ERR_USAGE for one of sans that is neither an IP address nor a DNS name: what certs_server would refuse. */
struct err *certs_check_sans(const struct list *sans) MUST_USE;

/*
 * A server certificate for these names and addresses, signed by the CA. PEM texts, the caller frees; the key with
 * auto_secret. ERR_USAGE as certs_check_sans; doubles are dropped.
 */
struct err *certs_server(const struct certs_paths *paths, const char *machine, const struct list *sans, char **ret_cert,
			 char **ret_key) MUST_USE;

/* Seconds since the epoch at which a certificate file ends; ERR_FAILED names the file when it is no certificate. */
struct err *certs_end(const char *path, int64_t *ret) MUST_USE;
/* Does it end within CERTS_RENEW_DAYS? false too when it cannot be read: then there is nothing to renew. */
bool certs_ends_soon(const char *path);
/* Is the certificate for that address or name? false too when it cannot be read. */
bool certs_is_for(const char *path, const char *name);
/* Does the certificate chain to the CA and is it inside its time? ERR_AUTH with the reason if not. */
struct err *certs_verify(const char *path, const char *ca_path) MUST_USE;

/*
 * A new Ed25519 key pair: private key in OpenSSH's format (openssh-key-v1, no passphrase), public as one line
 * "ssh-ed25519 AAAA... comment\n". The caller frees; wipe the private one (auto_secret). ERR_USAGE for a comment of
 * several lines or above 255 bytes.
 */
struct err *certs_ssh_key(const char *comment, char **ret_private, char **ret_public) MUST_USE;

#endif
