/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's objects: owners, PEM in and out. */
#ifndef CERTS_OPENSSL_H
#define CERTS_OPENSSL_H

#include <stdbool.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"

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

#endif
