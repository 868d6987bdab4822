/* SPDX-License-Identifier: Apache-2.0 */
#include "core/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/store.h"

/* --- versions --- */

/* "<store>/machines/NAME" without its last two parts; NULL when it is no such path. The caller frees. */
static char *store_of(const char *dir)
{
	const char *last = strrchr(dir, '/');
	static const char folder[] = "/machines";
	size_t len = sizeof(folder) - 1;

	/* "machines/NAME": a store that was given as ".". */
	if (last && (size_t)(last - dir) == len - 1 && strncmp(dir, folder + 1, len - 1) == 0)
		return xstrdup(".");
	if (!last || (size_t)(last - dir) <= len || strncmp(last - len, folder, len) != 0)
		return NULL;
	return xstrndup(dir, (size_t)(last - dir) - len);
}

static const cJSON *member_or_null(const cJSON *object, const char *key)
{
	return json_is_object(object) ? json_get_or_null(object, key) : NULL;
}

/* The first that holds text, else fallback. */
static const char *text_of(const cJSON *a, const char *a_key, const cJSON *b, const char *b_key, const char *fallback)
{
	const char *text = json_str_or(a, a_key, "");

	if (!*text)
		text = json_str_or(b, b_key, "");
	return *text ? text : fallback;
}

/* Members that docker-machine 0.16 writes and that are missing, in its order; what stands there wins. */
static void fill(cJSON *object, cJSON *defaults)
{
	auto_json *owned = defaults;

	for (const cJSON *d = json_first(owned); d; d = json_next(d)) {
		const cJSON *there = member_or_null(object, json_key(d));
		bool missing = !there || (json_is_null(there) && !json_is_null(d));

		if (missing)
			json_set(object, json_key(d), cJSON_Duplicate(d, true));
	}
}

static cJSON *engine_defaults(void)
{
	return cJSON_Parse(
		"{\"ArbitraryFlags\":[],\"Dns\":null,\"GraphDir\":\"\",\"Env\":[],\"Ipv6\":false,\"InsecureRegistry\":["
		"],"
		"\"Labels\":[],\"LogLevel\":\"\",\"StorageDriver\":\"\",\"SelinuxEnabled\":false,\"TlsVerify\":true,"
		"\"RegistryMirror\":[],\"InstallURL\":\"https://get.docker.com\"}");
}

static cJSON *swarm_defaults(const cJSON *record)
{
	cJSON *swarm = cJSON_Parse(
		"{\"IsSwarm\":false,\"Address\":\"\",\"Discovery\":\"\",\"Agent\":false,\"Master\":false,\"Host\":\"\","
		"\"Image\":\"\",\"Strategy\":\"\",\"Heartbeat\":0,\"Overcommit\":0,\"ArbitraryFlags\":[],"
		"\"ArbitraryJoinFlags\":[],\"Env\":null,\"IsExperimental\":false}");

	json_set_str(swarm, "Discovery", json_str_or(record, "SwarmDiscovery", ""));
	json_set_bool(swarm, "Master", json_bool_or(record, "SwarmMaster", false));
	json_set_str(swarm, "Host", json_str_or(record, "SwarmHost", ""));
	return swarm;
}

/* The machine's folder where the record was made. Versions 1 and 2 may name the store there. The caller frees. */
static char *migrate_dir(const char *name, const char *path)
{
	auto_free char *store = store_of(path);

	return store ? xstrdup(path) : xasprintf("%s/machines/%s", path, name);
}

/* Version 0 has them at the root, of which the CA's key had another name until version 2. */
static void migrate_auth(const struct core *c, const char *name, const char *dir, cJSON *record, cJSON *auth)
{
	static const char *const remote[] = { "CaCertRemotePath", "ServerCertRemotePath", "ServerKeyRemotePath" };
	auto_free char *server = fs_join(dir, "server.pem"), *server_key = fs_join(dir, "server-key.pem");
	auto_free char *ca_key = xstrdup(text_of(auth, "CaPrivateKeyPath", auth, "PrivateKeyPath", ""));
	auto_free char *old_dir = migrate_dir(name, text_of(auth, "StorePath", record, "StorePath", dir));
	cJSON *now = json_object();
	auto_list none = { 0 };

	json_set_str(now, "CertDir", c->certs_dir);
	json_set_str(now, "CaCertPath", text_of(auth, "CaCertPath", record, "CaCertPath", c->ca));
	json_set_str(now, "CaPrivateKeyPath",
		     *ca_key ? ca_key : text_of(record, "PrivateKeyPath", NULL, "", c->ca_key));
	json_set_str(now, remote[0], json_str_or(auth, remote[0], ""));
	json_set_str(now, "ServerCertPath", text_of(auth, "ServerCertPath", record, "ServerCertPath", server));
	json_set_str(now, "ServerKeyPath", text_of(auth, "ServerKeyPath", record, "ServerKeyPath", server_key));
	json_set_str(now, "ClientKeyPath", text_of(auth, "ClientKeyPath", record, "ClientKeyPath", c->key));
	json_set_str(now, remote[1], json_str_or(auth, remote[1], ""));
	json_set_str(now, remote[2], json_str_or(auth, remote[2], ""));
	json_set_str(now, "ClientCertPath", text_of(auth, "ClientCertPath", record, "ClientCertPath", c->cert));
	json_set_strings(now, "ServerCertSANs", &none);
	json_set_str(now, "StorePath", old_dir);
	for (const cJSON *old = json_first(auth); old; old = json_next(old))
		if (!member_or_null(now, json_key(old)) && strcmp(json_key(old), "PrivateKeyPath") != 0)
			json_set(now, json_key(old), cJSON_Duplicate(old, true));
	json_set(json_object_at(record, "HostOptions"), "AuthOptions", now);
}

static cJSON *object_of(cJSON *parent, const char *key)
{
	if (!json_is_object(json_get_or_null(parent, key)))
		json_set(parent, key, json_object());
	return json_object_at(parent, key);
}

void migrate_record(const struct core *c, const char *name, cJSON *record)
{
	static const char *const flat[] = { "StorePath",     "CaCertPath",     "PrivateKeyPath", "ServerCertPath",
					    "ServerKeyPath", "ClientCertPath", "ClientKeyPath",	 "SwarmHost",
					    "SwarmMaster",   "SwarmDiscovery" };
	auto_free char *dir = store_machine_dir(c, name);
	cJSON *host = object_of(record, "HostOptions");
	cJSON *driver = object_of(record, "Driver");

	fill(host, cJSON_Parse("{\"Driver\":\"\",\"Memory\":0,\"Disk\":0}"));
	fill(object_of(host, "EngineOptions"), engine_defaults());
	fill(object_of(host, "SwarmOptions"), swarm_defaults(record));
	migrate_auth(c, name, dir, record, object_of(host, "AuthOptions"));
	json_set_str(driver, "StorePath", c->store);
	if (!*json_str_or(driver, "MachineName", ""))
		json_set_str(driver, "MachineName", name);
	for (size_t i = 0; i < ARRAY_SIZE(flat); i++)
		cJSON_DeleteItemFromObjectCaseSensitive(record, flat[i]);
	json_set_int(record, "ConfigVersion", 3);
}

/* --- places --- */

struct move {
	const char *from, *to;
};

/* The text below another folder, NULL when it was not below from. The caller frees. */
static char *moved(const char *text, const struct move *m)
{
	size_t len = strlen(m->from);

	if (!len || strncmp(text, m->from, len) != 0 || (text[len] && text[len] != '/'))
		return NULL;
	return xasprintf("%s%s", m->to, text + len);
}

static void move_members(cJSON *object, const struct move *moves, size_t n)
{
	const cJSON **children;
	size_t count;

	if (!json_is_object(object))
		return;
	children = json_children(object, false, &count);
	for (size_t i = 0; i < count; i++) {
		auto_free char *fresh = NULL;

		for (size_t k = 0; k < n && !fresh && json_text(children[i]); k++)
			fresh = moved(json_text(children[i]), &moves[k]);
		if (fresh)
			json_set_str(object, json_key(children[i]), fresh);
	}
	free(children);
}

void migrate_paths(const struct core *c, const char *name, cJSON *record)
{
	auto_free char *dir = store_machine_dir(c, name);
	auto_free char *old_dir = xstrdup(json_str_or(record, "HostOptions.AuthOptions.StorePath", ""));
	auto_free char *old_store = store_of(old_dir);

	if (!old_store || strcmp(old_dir, dir) == 0)
		return;
	auto_free char *certs = fs_join(c->store, "certs"), *machines = fs_join(c->store, "machines");
	const struct move moves[] = {
		{ old_dir, dir },
		{ old_store, c->store },
		{ "certs", certs },
		{ "machines", machines },
	};
	/* Only of a store that was "." have Go's paths no first part. */
	size_t n = str_eq(old_store, ".") ? ARRAY_SIZE(moves) : 2;
	move_members((cJSON *)json_get_or_null(record, "HostOptions.AuthOptions"), moves, n);
	move_members((cJSON *)json_get_or_null(record, "Driver"), moves, n);
}
