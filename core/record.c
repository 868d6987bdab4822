/* SPDX-License-Identifier: Apache-2.0 */
#include "core/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/migrate.h"
#include "core/store.h"

#define VERSION 3

const struct opt record_opts[] = {
	{ "engine-env", NULL, OPT_LIST, NULL, NULL, "Specify environment variables to set in the engine",
	  .secret = true },
	{ "engine-insecure-registry", NULL, OPT_LIST, NULL, NULL,
	  "Specify insecure registries to allow with the created engine" },
	{ "engine-install-url", NULL, OPT_STRING, "MACHINE_DOCKER_INSTALL_URL", "https://get.docker.com",
	  "Custom URL to use for engine installation" },
	{ "engine-label", NULL, OPT_LIST, NULL, NULL, "Specify labels for the created engine" },
	{ "engine-opt", NULL, OPT_LIST, NULL, NULL,
	  "Specify arbitrary flags to include with the created engine in the form flag=value", .secret = true },
	{ "engine-registry-mirror", NULL, OPT_LIST, "ENGINE_REGISTRY_MIRROR", NULL, "Specify registry mirrors to use",
	  .secret = true },
	{ "engine-storage-driver", NULL, OPT_STRING, NULL, NULL, "Specify a storage driver to use with the engine" },
	{ "swarm", NULL, OPT_FLAG, NULL, NULL, "Configure Machine to join a Swarm cluster" },
	{ "swarm-addr", NULL, OPT_STRING, NULL, NULL,
	  "addr to advertise for Swarm (default: detect and use the machine IP)" },
	{ "swarm-discovery", NULL, OPT_STRING, NULL, NULL, "Discovery service to use with Swarm", .secret = true },
	{ "swarm-experimental", NULL, OPT_FLAG, NULL, NULL, "Enable Swarm experimental features" },
	{ "swarm-host", NULL, OPT_STRING, NULL, "tcp://0.0.0.0:3376", "ip/socket to listen on for Swarm master" },
	{ "swarm-image", NULL, OPT_STRING, "MACHINE_SWARM_IMAGE", "swarm:latest",
	  "Specify Docker image to use for Swarm" },
	{ "swarm-join-opt", NULL, OPT_LIST, NULL, NULL, "Define arbitrary flags for Swarm join" },
	{ "swarm-master", NULL, OPT_FLAG, NULL, NULL, "Configure Machine to be a Swarm master" },
	{ "swarm-opt", NULL, OPT_LIST, NULL, NULL, "Define arbitrary flags for Swarm master" },
	{ "swarm-strategy", NULL, OPT_STRING, NULL, "spread", "Define a default scheduling strategy for Swarm" },
	{ "tls-san", NULL, OPT_LIST, NULL, NULL, "Support extra SANs for TLS certs" },
	{ 0 }
};

/* Members in docker-machine's order: its clients read the file, people compare it. */
static void record_engine(cJSON *engine, const struct opts *o)
{
	json_set_strings(engine, "ArbitraryFlags", opts_list(o, "engine-opt"));
	json_set_null(engine, "Dns");
	json_set_str(engine, "GraphDir", "");
	json_set_strings(engine, "Env", opts_list(o, "engine-env"));
	json_set_bool(engine, "Ipv6", false);
	json_set_strings(engine, "InsecureRegistry", opts_list(o, "engine-insecure-registry"));
	json_set_strings(engine, "Labels", opts_list(o, "engine-label"));
	json_set_str(engine, "LogLevel", "");
	json_set_str(engine, "StorageDriver", opts_str(o, "engine-storage-driver"));
	json_set_bool(engine, "SelinuxEnabled", false);
	json_set_bool(engine, "TlsVerify", true);
	json_set_strings(engine, "RegistryMirror", opts_list(o, "engine-registry-mirror"));
	json_set_str(engine, "InstallURL", opts_str(o, "engine-install-url"));
}

static void record_swarm(cJSON *swarm, const struct opts *o)
{
	bool master = opts_flag(o, "swarm-master");

	json_set_bool(swarm, "IsSwarm", opts_flag(o, "swarm") || master);
	json_set_str(swarm, "Address", opts_str(o, "swarm-addr"));
	json_set_str(swarm, "Discovery", opts_str(o, "swarm-discovery"));
	json_set_bool(swarm, "Agent", opts_flag(o, "swarm"));
	json_set_bool(swarm, "Master", master);
	json_set_str(swarm, "Host", opts_str(o, "swarm-host"));
	json_set_str(swarm, "Image", opts_str(o, "swarm-image"));
	json_set_str(swarm, "Strategy", opts_str(o, "swarm-strategy"));
	json_set_int(swarm, "Heartbeat", 0);
	json_set_int(swarm, "Overcommit", 0);
	json_set_strings(swarm, "ArbitraryFlags", opts_list(o, "swarm-opt"));
	json_set_strings(swarm, "ArbitraryJoinFlags", opts_list(o, "swarm-join-opt"));
	json_set_null(swarm, "Env");
	json_set_bool(swarm, "IsExperimental", opts_flag(o, "swarm-experimental"));
}

static void record_auth(cJSON *auth, const struct core *c, const char *dir, const struct opts *o)
{
	auto_free char *server = fs_join(dir, "server.pem");
	auto_free char *server_key = fs_join(dir, "server-key.pem");

	json_set_str(auth, "CertDir", c->certs_dir);
	json_set_str(auth, "CaCertPath", c->ca);
	json_set_str(auth, "CaPrivateKeyPath", c->ca_key);
	json_set_str(auth, "CaCertRemotePath", "");
	json_set_str(auth, "ServerCertPath", server);
	json_set_str(auth, "ServerKeyPath", server_key);
	json_set_str(auth, "ClientKeyPath", c->key);
	json_set_str(auth, "ServerCertRemotePath", "");
	json_set_str(auth, "ServerKeyRemotePath", "");
	json_set_str(auth, "ClientCertPath", c->cert);
	json_set_strings(auth, "ServerCertSANs", opts_list(o, "tls-san"));
	json_set_str(auth, "StorePath", dir);
}

struct err *record_check_opts(const struct opts *o)
{
	const char *discovery = opts_str(o, "swarm-discovery");

	if (!*discovery || strstr(discovery, "://"))
		return NULL;
	return err_hint(
		err_status(err_new(ERR_USAGE,
				   "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: %s",
				   discovery),
			   1),
		"Write it as TYPE://PLACE, for example: token://1234");
}

cJSON *record_new(const struct core *c, const char *name, const char *driver, const struct opts *opts)
{
	cJSON *record = json_object();
	auto_free char *dir = store_machine_dir(c, name);
	cJSON *host;

	json_set_int(record, "ConfigVersion", VERSION);
	(void)json_object_at(record, "Driver");
	json_set_str(record, "DriverName", driver);
	host = json_object_at(record, "HostOptions");
	json_set_str(host, "Driver", "");
	json_set_int(host, "Memory", 0);
	json_set_int(host, "Disk", 0);
	record_engine(json_object_at(host, "EngineOptions"), opts);
	record_swarm(json_object_at(host, "SwarmOptions"), opts);
	record_auth(json_object_at(host, "AuthOptions"), c, dir, opts);
	json_set_str(record, "Name", name);
	return record;
}

static struct err *record_check_version(const cJSON *record, const char *name, int64_t *ret)
{
	*ret = 0;
	if (json_get_or_null(record, "ConfigVersion"))
		TRY(err_wrap(json_int(record, "ConfigVersion", ret), "Error getting migrated host"));
	if (*ret > VERSION)
		return err_hint(err_new(ERR_UNSUPPORTED,
					"Error getting migrated host: config version is from the future -- you should "
					"upgrade your Docker Machine client"),
				"A newer tool made it: use that, or forget the machine: machine rm -f %s", name);
	return NULL;
}

struct err *record_damaged(const struct core *c, const char *name, struct err *e)
{
	auto_free char *dir = store_machine_dir(c, name);

	return err_hint(e, "The record is damaged. Mend %s/" RECORD_FILE ", or remove the machine: machine rm -f %s",
			dir, name);
}

struct err *record_load(const struct core *c, const char *name, cJSON **ret, bool *ret_old)
{
	auto_free char *dir = store_machine_dir(c, name);
	auto_free char *path = fs_join(dir, RECORD_FILE);
	auto_json *record = NULL;
	int64_t version;
	struct err *e = json_read_file(path, &record);

	if (e && e->code == ERR_NOT_FOUND) {
		err_free(e);
		return err_hint(err_new(ERR_NOT_FOUND, "open %s: no such file or directory", path),
				"Remove what is left of it: machine rm -f %s", name);
	}
	if (e)
		return record_damaged(c, name, err_wrap(e, "Error getting migrated host"));
	if (!json_is_object(record))
		return record_damaged(
			c, name, err_new(ERR_FAILED, "Error getting migrated host: '%s' holds no JSON object", path));
	TRY(record_damaged(c, name, record_check_version(record, name, &version)));
	*ret_old = version < VERSION;
	if (*ret_old)
		migrate_record(c, name, record);
	migrate_paths(c, name, record);
	json_set_str(record, "Name", name);
	*ret = TAKE(record);
	return NULL;
}

static struct err *record_write(const char *dir, const cJSON *record)
{
	auto_free char *path = fs_join(dir, RECORD_FILE);
	auto_str text = STR_INIT;
	auto_free char *json = json_print(record, 4);

	str_add(&text, json);
	return err_wrap(fs_replace(path, text.buf, text.len, 0600), "Error saving host to store");
}

struct err *record_save(const struct core *c, const char *name, const cJSON *record)
{
	auto_free char *dir = store_machine_dir(c, name);
	return record_write(dir, record);
}

struct err *record_keep_old(const struct core *c, const char *name)
{
	auto_free char *dir = store_machine_dir(c, name);
	auto_free char *path = fs_join(dir, RECORD_FILE), *kept = fs_join(dir, RECORD_FILE ".bak");

	auto_free char *text = NULL;
	size_t len;

	if (fs_exists(kept))
		return NULL;
	TRY(err_wrap(fs_read(path, (size_t)16 << 20, &text, &len), "Error saving host to store"));
	return err_wrap(fs_write(kept, text, len, 0600), "Error saving host to store");
}

struct err *record_save_first(const struct core *c, const char *name, const cJSON *record)
{
	auto_free char *dir = store_machine_dir(c, name);
	auto_free char *machines = fs_join(c->store, "machines"), *fresh = xasprintf("%s/.%s.new", machines, name);
	struct err *e;

	TRY(fs_remove_tree(fresh));
	TRY(fs_mkdirs(fresh, 0700));
	e = record_write(fresh, record);
	/* rename() of a folder over another that is not empty fails, so a taken name is never overwritten. */
	if (!e && rename(fresh, dir) != 0)
		e = errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR
			    ? err_new(ERR_EXISTS, "Docker machine \"%s\" already exists", name)
			    : err_errno(ERR_FAILED, "cannot make '%s'", dir);
	if (e)
		IGNORE(fs_remove_tree(fresh));
	return e ? e : fs_sync_dir(machines);
}

bool record_is_booting(const cJSON *record)
{
	return json_bool_or(record, RECORD_OURS ".Booting", false);
}

void record_set_booting(cJSON *record, bool booting)
{
	if (booting)
		json_set_bool(json_object_at(record, RECORD_OURS), "Booting", true);
	else if (json_get_or_null(record, RECORD_OURS ".Booting"))
		cJSON_DeleteItemFromObjectCaseSensitive(json_object_at(record, RECORD_OURS), "Booting");
}

const char *record_progress(const cJSON *record)
{
	return json_str_or(record, "Machine.Progress", "ready");
}

void record_set_progress(cJSON *record, const char *progress)
{
	json_set_str(json_object_at(record, "Machine"), "Progress", progress);
}
