/* SPDX-License-Identifier: Apache-2.0 */
#include "core/engine_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "certs/keys.h"

void engine_ask_release(struct engine_ask *a)
{
	free(a->url);
	free(a->ca);
	free(a->cert);
	free(a->key);
	*a = (struct engine_ask){ 0 };
}

/* A store that was moved still names its old place in the record: then the shared keys of this store are meant. */
static char *engine_recorded(const struct machine *m, const char *member, const char *fallback)
{
	auto_free char *where = xasprintf("HostOptions.AuthOptions.%s", member);
	const char *path = json_str_or(m->record, where, "");

	return xstrdup(*path && fs_exists(path) ? path : fallback);
}

/*
 * The copies in the machine's folder, which `env` gives to clients and which its engine trusts while the shared ones may
 * have been renewed. docker-machine's machines without a driver have none.
 */
static void engine_keys(const struct machine *m, struct engine_ask *ret)
{
	ret->ca = fs_join(m->dir, "ca.pem");
	ret->cert = fs_join(m->dir, "cert.pem");
	ret->key = fs_join(m->dir, "key.pem");
	if (fs_exists(ret->ca) || fs_exists(ret->cert) || fs_exists(ret->key))
		return;
	engine_ask_release(ret);
	ret->ca = engine_recorded(m, "CaCertPath", m->core->ca);
	ret->cert = engine_recorded(m, "ClientCertPath", m->core->cert);
	ret->key = engine_recorded(m, "ClientKeyPath", m->core->key);
}

static struct err *engine_host(const char *url, const char **ret)
{
	if (!str_starts(url, "tcp://") || !url[6])
		return err_new(ERR_FAILED, "'%s' is not the URL of an engine: tcp://HOST:PORT is meant", url);
	*ret = url + 6;
	return NULL;
}

struct err *engine_request(const struct machine *m, const char *url, const char *path, struct http_request *r,
			   struct engine_ask *own)
{
	const char *host = NULL;

	TRY(engine_host(url, &host));
	engine_keys(m, own);
	own->url = xasprintf("https://%s%s", host, path);
	*r = (struct http_request){
		.url = own->url, .ca_file = own->ca, .cert_file = own->cert, .key_file = own->key, .body = STR_INIT
	};
	return NULL;
}

static struct err *engine_get(const struct machine *m, const char *url, const char *path, int timeout_ms,
			      struct http_request *r)
{
	auto_ask own = { 0 };

	TRY(engine_request(m, url, path, r, &own));
	TRY(http_ask(r, timeout_ms));
	r->url = r->ca_file = r->cert_file = r->key_file = NULL;
	if (r->status != 200)
		return err_new(ERR_FAILED, "the engine answered with status %d", r->status);
	return NULL;
}

/* Was it our own keys? Then the error is theirs, with its hint; otherwise the one that was found. */
static struct err *engine_blame(const struct machine *m, struct err *e)
{
	auto_ask own = { 0 };
	int64_t end;

	engine_keys(m, &own);
	const char *const files[] = { own.ca, own.cert };

	for (size_t i = 0; e && e->code != ERR_INTERRUPTED && i < ARRAY_SIZE(files); i++) {
		struct err *bad = certs_end(files[i], &end);

		if (bad) {
			err_free(e);
			return err_hint(bad, "Copy it anew: machine regenerate-certs %s", m->name);
		}
	}
	if (e && !fs_exists(own.key))
		return err_hint(err_wrap(e, "the client's key '%s' is missing", own.key),
				"Copy it anew: machine regenerate-certs %s", m->name);
	return err_hint(e, "Is it running and reachable? machine status %s", m->name);
}

struct err *engine_check(const struct machine *m, const char *url, int timeout_ms)
{
	struct http_request r = { .body = STR_INIT };
	struct err *e = engine_blame(m, engine_get(m, url, "/_ping", timeout_ms, &r));

	http_release(&r);
	return err_wrap(e, "There was an error validating certificates for host \"%s\"",
			str_starts(url, "tcp://") ? url + 6 : url);
}

char *engine_version_of(const struct http_request *r)
{
	auto_json *doc = NULL;
	struct err *e;
	const char *version;

	if (r->status != 200)
		return NULL;
	e = json_parse(r->body.buf, r->body.len, "the engine's answer", &doc);
	err_free(e);
	version = e ? "" : json_str_or(doc, "Version", "");
	return *version ? xstrdup(version) : NULL;
}

struct err *engine_version(const struct machine *m, const char *url, int timeout_ms, char **ret)
{
	struct http_request r = { .body = STR_INIT };
	struct err *e = engine_get(m, url, "/version", timeout_ms, &r);
	char *version = e ? NULL : engine_version_of(&r);

	http_release(&r);
	if (!e && !version)
		e = err_new(ERR_FAILED, "the engine's answer holds no version");
	if (!e)
		*ret = version;
	return e;
}
