/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about certificates that are there. */
#ifndef CERTS_CHECK_H
#define CERTS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CERTS_RENEW_DAYS 30 /* a certificate that ends within so many days is renewed */

/* Seconds since the epoch at which a certificate file ends; ERR_FAILED names the file when it is no certificate. */
struct err *certs_end(const char *path, int64_t *ret) MUST_USE;
/* Does it end within CERTS_RENEW_DAYS? false too when it cannot be read: then there is nothing to renew. */
bool certs_ends_soon(const char *path);
/* Is the certificate for that address or name? false too when it cannot be read. */
bool certs_is_for(const char *path, const char *name);
/* Does the certificate chain to the CA and is it inside its time? ERR_AUTH with the reason if not. */
struct err *certs_verify(const char *path, const char *ca_path) MUST_USE;

#endif
