/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate and its key, put into place as one. */
#ifndef CERTS_PAIR_H
#define CERTS_PAIR_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "certs/files.h"

/*
 * Put a new pair into place so that a crash at any moment leaves the old pair, the new pair, or what certs_pair_mend
 * makes one of them. The caller holds the lock.
 */
struct err *certs_pair_write(struct certs_pair pair, X509 *cert, EVP_PKEY *key) MUST_USE;
/* Finish or take back what a process that died in certs_pair_write left. The caller holds the lock. */
struct err *certs_pair_mend(struct certs_pair pair) MUST_USE;

#endif
