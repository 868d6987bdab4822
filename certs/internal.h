/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of certs/ share: owners of OpenSSL's objects, PEM in and out, issuing. */
#ifndef CERTS_INTERNAL_H
#define CERTS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "base/list.h"

#define CERTS_FILE_MAX ((size_t)256 * 1024) /* bytes of a certificate or key file */

void certs_x509_freep(X509 **p);
void certs_pkey_freep(EVP_PKEY **p);
void certs_bio_freep(BIO **p);
#define auto_x509 __attribute__((cleanup(certs_x509_freep))) X509
#define auto_pkey __attribute__((cleanup(certs_pkey_freep))) EVP_PKEY
#define auto_bio __attribute__((cleanup(certs_bio_freep))) BIO

/* A certificate or a private key from a PEM file; the error names the file. A key with a passphrase is refused. */
struct err *certs_load_cert(const char *path, X509 **ret) MUST_USE;
struct err *certs_load_key(const char *path, EVP_PKEY **ret) MUST_USE;

/* PEM texts; the caller frees, the key's with auto_secret. */
struct err *certs_cert_pem(X509 *cert, char **ret) MUST_USE;
struct err *certs_key_pem(EVP_PKEY *key, char **ret) MUST_USE;

struct err *certs_new_key(EVP_PKEY **ret) MUST_USE; /* P-256 */
bool certs_fit(X509 *cert, EVP_PKEY *key);	    /* is key the private half of cert? */
bool certs_is_signed_by(X509 *cert, X509 *ca);
struct err *certs_time(const ASN1_TIME *at, time_t *ret) MUST_USE;

/* One kind of certificate: what differs between CA, client and server. */
struct certs_kind {
	const char *key_usage;	    /* in the words of OpenSSL's configuration */
	const char *extended_usage; /* NULL: none */
	const char *constraints;
	int days;
};
extern const struct certs_kind certs_kind_ca, certs_kind_client, certs_kind_server;

struct certs_request {
	const struct certs_kind *kind;
	const char *organization, *name; /* O= and CN=, cut to what X.509 allows */
	const struct list *sans;	 /* NULL: none */
	time_t now;			 /* 0: the clock's. Tests make certificates of other times */
};

/* Issue a certificate for key. ca and ca_key NULL: signed by key itself. One with a CA never outlives that. */
struct err *certs_issue(const struct certs_request *q, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, X509 **ret) MUST_USE;

/* $USER, else "unknown": what docker-machine puts into O=. Borrowed. */
const char *certs_user(void);

/*
 * Put a new pair into place so that a crash at any moment leaves the old pair, the new pair, or what certs_pair_mend
 * makes one of them. The caller holds the lock.
 */
struct err *certs_pair_write(const char *cert_path, X509 *cert, const char *key_path, EVP_PKEY *key) MUST_USE;
/* Finish or take back what a process that died in certs_pair_write left. The caller holds the lock. */
struct err *certs_pair_mend(const char *cert_path, const char *key_path) MUST_USE;

/* Take the lock of the shared keys. */
struct err *certs_lock(const char *dir, int *ret_fd) MUST_USE;

#endif
