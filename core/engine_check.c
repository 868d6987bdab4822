/* SPDX-License-Identifier: Apache-2.0 */
#include "core/engine_check.h"

#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "certs/keys.h"

/* A store that was moved still names its old place in the record: then the shared keys of this store are meant. */
static const char *engine_key_path(const struct machine *m, const char *member, const char *fallback)
{
	auto_free char *where = xasprintf("HostOptions.AuthOptions.%s", member);
	const char *path = json_str_or(m->record, where, "");

	return *path && fs_exists(path) ? path : fallback;
}

static struct err *engine_host(const char *url, const char **ret)
{
	if (!str_starts(url, "tcp://") || !url[6])
		return err_new(ERR_FAILED, "'%s' is not the URL of an engine: tcp://HOST:PORT is meant", url);
	*ret = url + 6;
	return NULL;
}

struct err *engine_request(const struct machine *m, const char *url, const char *path, struct http_request *r,
			   char **ret_url)
{
	const char *host;

	TRY(engine_host(url, &host));
	*ret_url = xasprintf("https://%s%s", host, path);
	*r = (struct http_request){
		.url = *ret_url,
		.ca_file = engine_key_path(m, "CaCertPath", m->core->ca),
		.cert_file = engine_key_path(m, "ClientCertPath", m->core->cert),
		.key_file = engine_key_path(m, "ClientKeyPath", m->core->key),
		.body = STR_INIT,
	};
	return NULL;
}

static struct err *engine_get(const struct machine *m, const char *url, const char *path, int timeout_ms,
			      struct http_request *r)
{
	auto_free char *full = NULL;

	TRY(engine_request(m, url, path, r, &full));
	TRY(http_get(r, timeout_ms));
	r->url = NULL;
	if (r->status != 200)
		return err_new(ERR_FAILED, "the engine answered with status %d", r->status);
	return NULL;
}

/* Was it our own keys? Then the error is theirs, with its hint; otherwise the one that was found. */
static struct err *engine_blame(const struct machine *m, struct err *e)
{
	const char *const files[] = { engine_key_path(m, "CaCertPath", m->core->ca),
				      engine_key_path(m, "ClientCertPath", m->core->cert) };
	const char *key = engine_key_path(m, "ClientKeyPath", m->core->key);
	int64_t end;

	for (size_t i = 0; e && e->code != ERR_INTERRUPTED && i < ARRAY_SIZE(files); i++) {
		struct err *bad = certs_end(files[i], &end);

		if (bad) {
			err_free(e);
			return err_hint(bad, "Put it back. See what is there: ls -l '%s'", m->core->certs_dir);
		}
	}
	if (e && !fs_exists(key))
		return err_hint(err_wrap(e, "the client's key '%s' is missing", key), "Put it back, or move '%s' away and "
				"create the machine anew.", engine_key_path(m, "ClientCertPath", m->core->cert));
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
