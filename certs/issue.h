/* SPDX-License-Identifier: Apache-2.0 */
/* Making one certificate. */
#ifndef CERTS_ISSUE_H
#define CERTS_ISSUE_H

#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "base/list.h"

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

#endif
