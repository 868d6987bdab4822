/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about certificates that are there. */
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/crypto.h"
#include "certs/check.h"
#include "certs/openssl.h"

/* Go's clients go by a certificate's names alone, never by its subject. */
#define NO_CN X509_CHECK_FLAG_NEVER_CHECK_SUBJECT

static void certs_store_freep(X509_STORE **p)
{
	X509_STORE_free(*p);
	*p = NULL;
}

static void certs_store_ctx_freep(X509_STORE_CTX **p)
{
	X509_STORE_CTX_free(*p);
	*p = NULL;
}

struct err *certs_end(const char *path, int64_t *ret)
{
	auto_x509 *cert = NULL;
	time_t end;

	TRY(certs_load_cert(path, &cert));
	TRY(err_wrap(certs_time(X509_get0_notAfter(cert), &end), "cannot use '%s'", path));
	*ret = end;
	return NULL;
}

bool certs_ends_soon(const char *path)
{
	int64_t end = 0;
	auto_err *e = certs_end(path, &end);

	return !e && end - (int64_t)time(NULL) < CERTS_RENEW_DAYS * 86400;
}

bool certs_is_for(const char *path, const char *name)
{
	auto_x509 *cert = NULL;
	auto_err *e = certs_load_cert(path, &cert);

	return !e && (X509_check_ip_asc(cert, name, 0) == 1 || X509_check_host(cert, name, 0, NO_CN, NULL) == 1);
}

struct err *certs_verify(const char *path, const char *ca_path)
{
	auto_x509 *cert = NULL;
	auto_x509 *ca = NULL;
	__attribute__((cleanup(certs_store_freep))) X509_STORE *store = X509_STORE_new();
	__attribute__((cleanup(certs_store_ctx_freep))) X509_STORE_CTX *context = X509_STORE_CTX_new();

	TRY(certs_load_cert(path, &cert));
	TRY(certs_load_cert(ca_path, &ca));
	/* Partial chains: a CA that is itself signed by one that we do not have is trusted as it stands. */
	if (!store || !context || !X509_STORE_add_cert(store, ca) ||
	    !X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) || !X509_STORE_CTX_init(context, store, cert, NULL))
		return crypto_fail("cannot check '%s'", path);
	if (X509_verify_cert(context) == 1)
		return NULL;

	int reason = X509_STORE_CTX_get_error(context);

	ERR_clear_error();
	return err_new(ERR_AUTH, "the certificate '%s' is not trusted by the CA '%s': %s", path, ca_path,
		       X509_verify_cert_error_string(reason));
}
