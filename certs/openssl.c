/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's objects: owners, PEM. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/crypto.h"
#include "base/fs.h"
#include "base/mem.h"
#include "certs/openssl.h"

void certs_x509_freep(X509 **p)
{
	X509_free(*p);
	*p = NULL;
}

void certs_pkey_freep(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
	*p = NULL;
}

void certs_bio_freep(BIO **p)
{
	BIO_free_all(*p);
	*p = NULL;
}

/* Without a callback OpenSSL asks for the passphrase on the terminal. */
static int certs_no_passphrase(char *buf, int size, int writing, void *data)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(bool *)data = true;
	return -1;
}

static struct err *certs_damaged(struct err *err, const char *path)
{
	return err_hint(err,
			"Put a good copy of it back, or move '%s' away together with the file it belongs to; "
			"the next machine create makes new ones.",
			path);
}

struct err *certs_load_cert(const char *path, X509 **ret)
{
	auto_free char *text = NULL;
	size_t len;

	TRY(fs_read(path, CERTS_FILE_MAX, &text, &len));

	auto_bio *bio = BIO_new_mem_buf(text, (int)len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	if (!cert)
		return certs_damaged(crypto_fail("'%s' is not a PEM certificate", path), path);
	*ret = cert;
	return NULL;
}

static void certs_wipe_textp(struct str *s)
{
	/* By its length, not to the first NUL: a damaged file may hold such bytes. */
	if (s->cap)
		mem_wipe(s->buf, s->len);
	str_release(s);
}

struct err *certs_load_key(const char *path, EVP_PKEY **ret)
{
	__attribute__((cleanup(certs_wipe_textp))) struct str text = STR_INIT;
	bool asked = false;
	char *read;
	size_t len;

	TRY(fs_read(path, CERTS_FILE_MAX, &read, &len));
	text = (struct str){ read, len, len + 1 };

	auto_bio *bio = BIO_new_mem_buf(text.buf, (int)len);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, certs_no_passphrase, &asked) : NULL;

	if (key) {
		*ret = key;
		return NULL;
	}
	if (asked) {
		ERR_clear_error();
		return err_hint(err_new(ERR_UNSUPPORTED, "the key '%s' is protected by a passphrase", path),
				"Store it without one: openssl pkey -in '%s' -out NEW", path);
	}
	return certs_damaged(crypto_fail("'%s' is not a PEM private key", path), path);
}

/* What a memory BIO holds. Its own copy is cleared by OpenSSL when it is freed. */
static char *certs_bio_text(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);

	return xstrndup(data, (size_t)len);
}

struct err *certs_cert_pem(X509 *cert, char **ret)
{
	auto_bio *bio = BIO_new(BIO_s_mem());

	if (!bio || !PEM_write_bio_X509(bio, cert))
		return crypto_fail("cannot write a certificate as PEM");
	*ret = certs_bio_text(bio);
	return NULL;
}

struct err *certs_key_pem(EVP_PKEY *key, char **ret)
{
	auto_bio *bio = BIO_new(BIO_s_mem());

	/* PKCS#8: the one form that every client's library reads for every kind of key. */
	if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		return crypto_fail("cannot write a key as PEM");
	*ret = certs_bio_text(bio);
	return NULL;
}

struct err *certs_new_key(EVP_PKEY **ret)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (!key)
		return crypto_fail("cannot make a key");
	*ret = key;
	return NULL;
}

bool certs_fit(X509 *cert, EVP_PKEY *key)
{
	bool fit = X509_check_private_key(cert, key) == 1;

	ERR_clear_error();
	return fit;
}

bool certs_is_signed_by(X509 *cert, X509 *ca)
{
	EVP_PKEY *key = X509_get0_pubkey(ca);
	bool is = key && X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(ca)) == 0 &&
		  X509_verify(cert, key) == 1;

	ERR_clear_error();
	return is;
}

struct err *certs_time(const ASN1_TIME *at, time_t *ret)
{
	struct tm parts;

	if (!at || !ASN1_TIME_to_tm(at, &parts))
		return crypto_fail("the time in a certificate cannot be read");
	*ret = timegm(&parts);
	return NULL;
}
