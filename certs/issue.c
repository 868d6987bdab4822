/* SPDX-License-Identifier: Apache-2.0 */
/* Making one certificate. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "certs/issue.h"
#include "certs/openssl.h"
#include "certs/sans.h"

#define CERTS_DAY 86400L
#define CERTS_NAME_MAX 64 /* RFC 5280, ub-organization-name and ub-common-name */

/*
 * docker-machine's usages without keyEncipherment: it is for RSA keys, and RFC 8813 forbids it for keys on curves.
 * 825 days is the most that some TLS libraries take from a server's certificate.
 */
const struct certs_kind certs_kind_ca = {
	.key_usage = "critical,digitalSignature,keyAgreement,keyCertSign",
	.constraints = "critical,CA:TRUE",
	.days = 3650,
};
const struct certs_kind certs_kind_client = {
	.key_usage = "critical,digitalSignature",
	.extended_usage = "clientAuth",
	.constraints = "critical,CA:FALSE",
	.days = 825,
};
const struct certs_kind certs_kind_server = {
	.key_usage = "critical,digitalSignature,keyAgreement",
	.extended_usage = "serverAuth",
	.constraints = "critical,CA:FALSE",
	.days = 825,
};

static void certs_names_freep(GENERAL_NAMES **p)
{
	GENERAL_NAMES_free(*p);
	*p = NULL;
}

const char *certs_user(void)
{
	const char *user = getenv("USER");

	return user && *user ? user : "unknown";
}

static bool certs_add_text(X509_NAME *name, const char *field, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1;
}

static struct err *certs_add_name(X509_NAME *name, const char *field, const char *text)
{
	size_t len = strlen(text);

	if (len > CERTS_NAME_MAX)
		len = CERTS_NAME_MAX;
	/* Not in the middle of a character of UTF-8: its later bytes begin with the bits 10. */
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;

	auto_free char *cut = xstrndup(text, len);

	if (certs_add_text(name, field, cut))
		return NULL;
	/* $USER can hold anything. */
	for (char *c = cut; *c; c++)
		if ((unsigned char)*c >= 0x80 || iscntrl((unsigned char)*c))
			*c = '_';
	ERR_clear_error();
	if (certs_add_text(name, field, cut))
		return NULL;
	return crypto_fail("cannot put '%s' into a certificate", text);
}

static struct err *certs_set_serial(X509 *cert)
{
	BIGNUM *serial = BN_new();
	bool ok = serial && BN_rand(serial, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
		  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));

	BN_free(serial);
	return ok ? NULL : crypto_fail("cannot make a serial number");
}

static struct err *certs_set_times(X509 *cert, const struct certs_request *q, X509 *ca)
{
	time_t now = q->now ? q->now : time(NULL);
	time_t end = now + (time_t)q->kind->days * CERTS_DAY, ca_end;

	if (ca) {
		TRY(certs_time(X509_get0_notAfter(ca), &ca_end));
		if (end > ca_end)
			end = ca_end;
	}
	/* A day early: the clocks of machines differ. */
	if (!ASN1_TIME_set(X509_getm_notBefore(cert), now - CERTS_DAY) || !ASN1_TIME_set(X509_getm_notAfter(cert), end))
		return crypto_fail("cannot set the times of a certificate");
	return NULL;
}

static struct err *certs_add_extension(X509 *cert, X509V3_CTX *context, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
	bool ok = extension && X509_add_ext(cert, extension, -1);

	X509_EXTENSION_free(extension);
	return ok ? NULL : crypto_fail("cannot add '%s' to a certificate", value);
}

/* Built as an object, never as OpenSSL's configuration text: a comma in a name would begin another name there. */
static struct err *certs_add_san(GENERAL_NAMES *names, const char *text, bool address)
{
	GENERAL_NAME *name = a2i_GENERAL_NAME(NULL, NULL, NULL, address ? GEN_IPADD : GEN_DNS, text, 0);

	if (!name || !sk_GENERAL_NAME_push(names, name)) {
		GENERAL_NAME_free(name);
		return crypto_fail("cannot put '%s' into a certificate", text);
	}
	return NULL;
}

/* DNS names first, then addresses, as docker-machine has them; each once. */
static struct err *certs_set_sans(X509 *cert, const struct list *sans)
{
	__attribute__((cleanup(certs_names_freep))) GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	auto_list seen = { 0 };

	if (!names)
		return crypto_fail("cannot make a certificate");
	TRY(certs_check_sans(sans));
	for (int address = 0; address < 2; address++) {
		for (size_t i = 0; i < sans->n; i++) {
			if (certs_is_address(sans->items[i]) != address || list_has(&seen, sans->items[i]))
				continue;
			TRY(certs_add_san(names, sans->items[i], address));
			list_add(&seen, sans->items[i]);
		}
	}
	if (seen.n && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1)
		return crypto_fail("cannot add names to a certificate");
	return NULL;
}

static struct err *certs_set_extensions(X509 *cert, const struct certs_request *q, X509 *issuer)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	TRY(certs_add_extension(cert, &context, NID_key_usage, q->kind->key_usage));
	if (q->kind->extended_usage)
		TRY(certs_add_extension(cert, &context, NID_ext_key_usage, q->kind->extended_usage));
	TRY(certs_add_extension(cert, &context, NID_basic_constraints, q->kind->constraints));
	TRY(certs_add_extension(cert, &context, NID_subject_key_identifier, "hash"));
	/* A CA that others made may lack the identifier of its key. */
	if (X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) >= 0)
		TRY(certs_add_extension(cert, &context, NID_authority_key_identifier, "keyid"));
	return q->sans ? certs_set_sans(cert, q->sans) : NULL;
}

static struct err *certs_sign(X509 *cert, EVP_PKEY *key)
{
	/* Edwards curves have their digest built in and take none. */
	bool builtin = EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");

	return X509_sign(cert, key, builtin ? NULL : EVP_sha256()) ? NULL : crypto_fail("cannot sign a certificate");
}

struct err *certs_issue(const struct certs_request *q, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, X509 **ret)
{
	auto_x509 *cert = X509_new();
	X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;

	if (!cert || !X509_set_version(cert, X509_VERSION_3) || !X509_set_pubkey(cert, key))
		return crypto_fail("cannot make a certificate");
	TRY(certs_set_serial(cert));
	TRY(certs_set_times(cert, q, ca));
	TRY(certs_add_name(subject, "O", q->organization));
	TRY(certs_add_name(subject, "CN", q->name));
	if (!X509_set_issuer_name(cert, ca ? X509_get_subject_name(ca) : subject))
		return crypto_fail("cannot make a certificate");
	TRY(certs_set_extensions(cert, q, ca ? ca : cert));
	TRY(certs_sign(cert, ca ? ca_key : key));
	*ret = TAKE(cert);
	return NULL;
}
