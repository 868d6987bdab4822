/* SPDX-License-Identifier: Apache-2.0 */
#include "core/engine_check.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "certs/keys.h"
#include "engine/ping.h"
#include "engine/version.h"

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
static struct engine_keys engine_keys_for(const struct machine *m)
{
	struct engine_keys k = engine_keys_in(m->dir);

	if (engine_keys_any(&k))
		return k;
	engine_keys_release(&k);
	k.ca = engine_recorded(m, "CaCertPath", m->core->ca);
	k.cert = engine_recorded(m, "ClientCertPath", m->core->cert);
	k.key = engine_recorded(m, "ClientKeyPath", m->core->key);
	return k;
}

struct err *engine_check_open(const struct machine *m, const char *url, struct engine *ret)
{
	if (!str_starts(url, "tcp://"))
		return err_new(ERR_FAILED, "'%s' is not the URL of an engine: tcp://HOST:PORT is meant", url);
	return engine_open(url, engine_keys_for(m), ret);
}

/* Was it our own keys? Then the error is theirs, with its hint; otherwise the one that was found. */
static struct err *engine_blame(const struct machine *m, struct err *e)
{
	auto_engine_keys own = engine_keys_for(m);
	int64_t end;

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
	auto_engine engine = { 0 };
	struct err *e = engine_check_open(m, url, &engine);

	if (!e)
		e = engine_ping(&engine, timeout_ms);
	return err_wrap(engine_blame(m, e), "There was an error validating certificates for host \"%s\"",
			str_starts(url, "tcp://") ? url + 6 : url);
}

struct err *engine_check_version(const struct machine *m, const char *url, int timeout_ms, char **ret)
{
	auto_engine engine = { 0 };

	TRY(engine_check_open(m, url, &engine));
	return engine_version(&engine, timeout_ms, ret);
}
