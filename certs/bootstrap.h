/* SPDX-License-Identifier: Apache-2.0 */
/* The shared keys (the CA and the client's certificate) are there and right, or are made; what the CA signs. */
#ifndef CERTS_BOOTSTRAP_H
#define CERTS_BOOTSTRAP_H

#include "base/err.h"
#include "base/list.h"
#include "certs/files.h"

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

/*
 * A server certificate for these names and addresses, signed by the CA. PEM texts, the caller frees; the key with
 * auto_secret. ERR_USAGE as certs_check_sans; doubles are dropped.
 */
struct err *certs_server(const struct certs_paths *paths, const char *machine, const struct list *sans,
			 struct certs_slots ret) MUST_USE;

/* Take the lock of the shared keys. */
struct err *certs_lock(const char *dir, int *ret_fd) MUST_USE;

#endif
