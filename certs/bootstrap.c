/* SPDX-License-Identifier: Apache-2.0 */
/* The shared keys: the CA and the client's certificate are there and right, or are made. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "base/fs.h"
#include "base/mem.h"
#include "certs/bootstrap.h"
#include "certs/check.h"
#include "certs/issue.h"
#include "certs/openssl.h"
#include "certs/pair.h"

#define CERTS_LOCK_TIMEOUT_MS 60000
#define CA_NAME "machine CA" /* its CN, by which a CA of ours is known */
#define CERTS_RENEW_BEFORE (CERTS_RENEW_DAYS * 86400L)

struct certs_boot {
	const struct certs_paths *paths;
	void (*created)(void *data, const char *line);
	void *data;
	X509 *ca;
	EVP_PKEY *ca_key; /* NULL: kept elsewhere, nothing can be signed */
};

static void certs_boot_release(struct certs_boot *b)
{
	certs_x509_freep(&b->ca);
	certs_pkey_freep(&b->ca_key);
}
#define auto_boot __attribute__((cleanup(certs_boot_release))) struct certs_boot

static void certs_tell(const struct certs_boot *b, const char *line)
{
	if (b->created)
		b->created(b->data, line);
}

static void certs_tell_path(const struct certs_boot *b, const char *what, const char *path)
{
	auto_free char *line = xasprintf("%s: %s", what, path);

	certs_tell(b, line);
}

struct err *certs_lock(const char *dir, int *ret_fd)
{
	auto_free char *path = fs_join(dir, ".lock");

	TRY(fs_mkdirs(dir, 0700));

	struct err *err = fs_lock(path, CERTS_LOCK_TIMEOUT_MS, ret_fd);

	if (err && err->code == ERR_WRONG_STATE)
		err = err_hint(err, "Another command is making keys. Wait for it, or see which: fuser '%s'", path);
	return err;
}

static struct certs_pair certs_ca_pair(const struct certs_paths *paths)
{
	return (struct certs_pair){ .cert = paths->ca, .key = paths->ca_key };
}

static struct certs_pair certs_client_pair(const struct certs_paths *paths)
{
	return (struct certs_pair){ .cert = paths->cert, .key = paths->key };
}

static struct err *certs_misfit(struct certs_pair pair)
{
	return err_hint(err_new(ERR_FAILED, "the key '%s' does not fit the certificate '%s'", pair.key, pair.cert),
			"Put the right one back, or move both away; the next machine create makes new ones.");
}

static struct err *certs_check_begun(X509 *cert, const char *path)
{
	time_t begin;

	TRY(certs_time(X509_get0_notBefore(cert), &begin));
	if (begin <= time(NULL))
		return NULL;
	return err_hint(err_new(ERR_WRONG_STATE, "the certificate '%s' is not valid yet", path),
			"The clock of this computer is wrong, or was when the certificate was made. See: date");
}

static struct err *certs_left(X509 *cert, time_t *ret)
{
	time_t end;

	TRY(certs_time(X509_get0_notAfter(cert), &end));
	*ret = end - time(NULL);
	return NULL;
}

static bool certs_is_our_ca(X509 *ca)
{
	char name[sizeof(CA_NAME) + 1];
	int len = X509_NAME_get_text_by_NID(X509_get_subject_name(ca), NID_commonName, name, sizeof(name));

	return len == (int)sizeof(CA_NAME) - 1 && strcmp(name, CA_NAME) == 0;
}

static struct err *certs_make_ca(struct certs_boot *b)
{
	const struct certs_request q = { .kind = &certs_kind_ca, .organization = certs_user(), .name = CA_NAME };
	auto_pkey *key = NULL;
	auto_x509 *cert = NULL;

	certs_tell_path(b, "Creating CA", b->paths->ca);
	TRY(certs_new_key(&key));
	TRY(certs_issue(&q, key, NULL, NULL, &cert));
	TRY(certs_pair_write(certs_ca_pair(b->paths), cert, key));
	certs_boot_release(b);
	b->ca = TAKE(cert);
	b->ca_key = TAKE(key);
	return NULL;
}

/* The pair as it lies there. A missing key is fine until something has to be signed: some keep it off line. */
static struct err *certs_load_ca(const struct certs_paths *paths, X509 **ret_ca, EVP_PKEY **ret_key)
{
	auto_x509 *ca = NULL;
	auto_pkey *key = NULL;

	TRY(certs_load_cert(paths->ca, &ca));
	if (fs_exists(paths->ca_key)) {
		TRY(certs_load_key(paths->ca_key, &key));
		if (!certs_fit(ca, key))
			return certs_misfit(certs_ca_pair(paths));
	}
	if (X509_check_ca(ca) == 0)
		return err_hint(err_new(ERR_FAILED, "'%s' is not the certificate of a CA", paths->ca),
				"Put the CA's certificate there, or move it and '%s' away.", paths->ca_key);
	TRY(certs_check_begun(ca, paths->ca));
	*ret_ca = TAKE(ca);
	*ret_key = TAKE(key);
	return NULL;
}

static struct err *certs_need_ca_key(const struct certs_paths *paths, const EVP_PKEY *key)
{
	if (key)
		return NULL;
	return err_hint(err_new(ERR_NOT_FOUND, "the CA's key '%s' is missing", paths->ca_key),
			"Put it back, or move '%s' away; the next machine create makes a new CA.", paths->ca);
}

static struct err *certs_boot_ca(struct certs_boot *b)
{
	const struct certs_paths *paths = b->paths;
	time_t left;

	TRY(certs_pair_mend(certs_ca_pair(paths)));
	if (!fs_exists(paths->ca)) {
		if (!fs_exists(paths->ca_key))
			return certs_make_ca(b);
		return err_hint(err_new(ERR_EXISTS, "certificate authority key already exists"),
				"Put its certificate back at '%s', or move '%s' away.", paths->ca, paths->ca_key);
	}
	TRY(certs_load_ca(paths, &b->ca, &b->ca_key));
	TRY(certs_left(b->ca, &left));
	/*
	 * Early, while what the old one signed still works; not where its key is elsewhere or it is somebody else's: those
	 * are cared for by hand.
	 */
	if (left > CERTS_RENEW_BEFORE || (left > 0 && (!b->ca_key || !certs_is_our_ca(b->ca))))
		return NULL;
	certs_tell(b, left > 0 ? "CA certificate ends soon and needs to be regenerated"
			       : "CA certificate is outdated and needs to be regenerated");
	return certs_make_ca(b);
}

static struct err *certs_make_client(struct certs_boot *b)
{
	auto_free char *org = xasprintf("%s.<bootstrap>", certs_user());
	/* The CN is the user's name for those who ask the certificate, as the engine's authorization plugins do. */
	const struct certs_request q = { .kind = &certs_kind_client, .organization = org, .name = certs_user() };
	auto_pkey *key = NULL;
	auto_x509 *cert = NULL;

	TRY(certs_need_ca_key(b->paths, b->ca_key));
	certs_tell_path(b, "Creating client certificate", b->paths->cert);
	TRY(certs_new_key(&key));
	TRY(certs_issue(&q, key, b->ca, b->ca_key, &cert));
	return certs_pair_write(certs_client_pair(b->paths), cert, key);
}

/* Why the client's certificate has to be made again; *ret is NULL when it is good. */
static struct err *certs_client_fault(const struct certs_boot *b, X509 *cert, const char **ret)
{
	time_t left, ca_left;
	const char *fault = NULL;

	TRY(certs_check_begun(cert, b->paths->cert));
	TRY(certs_left(cert, &left));
	TRY(certs_left(b->ca, &ca_left));
	if (!certs_is_signed_by(cert, b->ca))
		fault = "Client certificate is not signed by the CA and needs to be regenerated";
	else if (left <= 0)
		fault = "Client certificate is outdated and needs to be regenerated";
	/* Early, while the old one still works everywhere; not where the CA ends as soon or its key is elsewhere. */
	else if (left < CERTS_RENEW_BEFORE && left < ca_left && b->ca_key)
		fault = "Client certificate ends soon and needs to be regenerated";
	*ret = fault;
	return NULL;
}

static struct err *certs_boot_client(struct certs_boot *b)
{
	const struct certs_paths *paths = b->paths;
	auto_x509 *cert = NULL;
	auto_pkey *key = NULL;
	const char *fault = NULL;

	TRY(certs_pair_mend(certs_client_pair(paths)));
	if (!fs_exists(paths->cert) && !fs_exists(paths->key))
		return certs_make_client(b);
	if (!fs_exists(paths->cert))
		return err_hint(err_new(ERR_EXISTS, "client key already exists"),
				"Put its certificate back at '%s', or move '%s' away.", paths->cert, paths->key);
	if (!fs_exists(paths->key))
		return err_hint(err_new(ERR_NOT_FOUND, "the client's key '%s' is missing", paths->key),
				"Put it back, or move '%s' away.", paths->cert);
	TRY(certs_load_cert(paths->cert, &cert));
	TRY(certs_load_key(paths->key, &key));
	if (!certs_fit(cert, key))
		return certs_misfit(certs_client_pair(paths));
	TRY(certs_client_fault(b, cert, &fault));
	if (!fault)
		return NULL;
	certs_tell(b, fault);
	return certs_make_client(b);
}

struct err *certs_bootstrap(const struct certs_paths *paths, void (*created)(void *data, const char *line), void *data)
{
	auto_boot b = { .paths = paths, .created = created, .data = data };
	auto_close int lock = -1;

	TRY(certs_lock(paths->dir, &lock));
	TRY(certs_boot_ca(&b));
	return certs_boot_client(&b);
}

struct err *certs_renew_client(const struct certs_paths *paths, void (*created)(void *data, const char *line),
			       void *data)
{
	auto_boot b = { .paths = paths, .created = created, .data = data };
	auto_close int lock = -1;

	TRY(certs_lock(paths->dir, &lock));
	TRY(certs_boot_ca(&b));
	TRY(certs_pair_mend(certs_client_pair(paths)));
	return certs_make_client(&b);
}

static struct err *certs_sign_server(const struct certs_request *q, X509 *ca, EVP_PKEY *ca_key, struct certs_slots ret)
{
	auto_pkey *key = NULL;
	auto_x509 *cert = NULL;
	auto_free char *cert_text = NULL;

	TRY(certs_new_key(&key));
	TRY(certs_issue(q, key, ca, ca_key, &cert));
	TRY(certs_cert_pem(cert, &cert_text));
	TRY(certs_key_pem(key, ret.key));
	*ret.cert = TAKE(cert_text);
	return NULL;
}

/* Another process may be replacing the pair. */
static struct err *certs_load_ca_locked(const struct certs_paths *paths, X509 **ret_ca, EVP_PKEY **ret_key)
{
	auto_close int lock = -1;

	TRY(certs_lock(paths->dir, &lock));
	return certs_load_ca(paths, ret_ca, ret_key);
}

struct err *certs_server(const struct certs_paths *paths, const char *machine, const struct list *sans,
			 struct certs_slots ret)
{
	auto_free char *org = xasprintf("%s.%s", certs_user(), machine);
	const struct certs_request q = {
		.kind = &certs_kind_server, .organization = org, .name = machine, .sans = sans
	};
	auto_x509 *ca = NULL;
	auto_pkey *ca_key = NULL;
	time_t left;

	TRY(certs_load_ca_locked(paths, &ca, &ca_key));
	TRY(certs_need_ca_key(paths, ca_key));
	TRY(certs_left(ca, &left));
	if (left <= 0)
		return err_hint(err_new(ERR_WRONG_STATE, "the CA certificate '%s' has ended", paths->ca),
				"The next machine create makes a new one.");
	return certs_sign_server(&q, ca, ca_key, ret);
}
