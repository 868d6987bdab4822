/* SPDX-License-Identifier: Apache-2.0 */
#include "core/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "provision/engine.h"
#include "provision/seed.h"

#define HOSTNAME_MAX 63		/* one label of the DNS; Linux takes 64 */

struct identity {
	char *user_key, *user_pub;
	char *host_key, *host_pub;
	char *ca, *cert, *key;
	cJSON *machine, *daemon;
};

static void identity_release(struct identity *i)
{
	mem_free_secret(i->user_key);
	mem_free_secret(i->host_key);
	mem_free_secret(i->key);
	free(i->user_pub);
	free(i->host_pub);
	free(i->ca);
	free(i->cert);
	json_freep(&i->machine);
	json_freep(&i->daemon);
}

#define auto_identity __attribute__((cleanup(identity_release))) struct identity

static struct err *identity_write(const struct machine *m, const char *name, const char *text, mode_t mode)
{
	auto_free char *path = fs_join(m->dir, name);
	return fs_write(path, text, strlen(text), mode);
}

/* Names under which the engine is asked: the user's, the address, localhost, the machine's own name. */
static void identity_sans(const struct machine *m, const struct driver_endpoint *end, struct list *ret)
{
	json_strings(m->record, "HostOptions.AuthOptions.ServerCertSANs", ret);
	list_add(ret, end->address);
	list_add(ret, "localhost");
	list_add(ret, "127.0.0.1");
	list_add(ret, m->name);
}

struct err *identity_client(struct machine *m)
{
	struct certs_paths paths = core_certs(m->core);
	auto_secret char *key = NULL;
	auto_free char *ca = NULL, *cert = NULL;

	TRY(fs_read(paths.ca, 1 << 20, &ca, NULL));
	TRY(fs_read(paths.cert, 1 << 20, &cert, NULL));
	TRY(fs_read(paths.key, 1 << 20, &key, NULL));
	TRY(identity_write(m, "ca.pem", ca, 0644));
	TRY(identity_write(m, "cert.pem", cert, 0644));
	return identity_write(m, "key.pem", key, 0600);
}

static struct err *identity_tls(struct machine *m, const struct driver_endpoint *end, struct identity *i)
{
	struct certs_paths paths = core_certs(m->core);
	auto_list sans = { 0 };

	identity_sans(m, end, &sans);
	TRY(certs_server(&paths, m->name, &sans, &i->cert, &i->key));
	TRY(fs_read(paths.ca, 1 << 20, &i->ca, NULL));
	TRY(identity_write(m, "server-key.pem", i->key, 0600));
	return identity_write(m, "server.pem", i->cert, 0644);
}

/* Both names that ssh looks a key up under: the bare host for port 22, "[host]:port" otherwise. */
static struct err *identity_known_hosts(struct machine *m, const struct driver_endpoint *end, const struct identity *i)
{
	auto_str line = STR_INIT;

	if (end->ssh_port == 22)
		str_addf(&line, "%s %s", end->ssh_host, i->host_pub);
	else
		str_addf(&line, "[%s]:%d %s", end->ssh_host, end->ssh_port, i->host_pub);
	return identity_write(m, "known_hosts", line.buf, 0600);
}

static struct err *identity_ssh(struct machine *m, const struct driver_endpoint *end, struct identity *i)
{
	TRY(certs_ssh_key(m->name, &i->user_key, &i->user_pub));
	TRY(certs_ssh_key(m->name, &i->host_key, &i->host_pub));
	TRY(identity_write(m, IDENTITY_SSH_KEY, i->user_key, 0600));
	TRY(identity_write(m, IDENTITY_SSH_KEY ".pub", i->user_pub, 0600));
	return identity_known_hosts(m, end, i);
}

static char *identity_hostname(const char *name)
{
	char *hostname = xstrndup(name, HOSTNAME_MAX);

	for (size_t n = strlen(hostname); n > 0 && (hostname[n - 1] == '-' || hostname[n - 1] == '.'); n--)
		hostname[n - 1] = '\0';
	return hostname;
}

static const cJSON *identity_engine_options(const struct machine *m)
{
	return json_get_or_null(m->record, "HostOptions.EngineOptions");
}

static struct err *identity_machine(struct machine *m, struct identity *i)
{
	auto_free char *id = NULL;
	auto_free char *hostname = identity_hostname(m->name);
	auto_json *engine = NULL;

	TRY(certs_random_hex(16, &id));
	TRY(engine_env_json(identity_engine_options(m), &engine));
	i->machine = cJSON_CreateObject();
	json_set_int(i->machine, "version", 1);
	json_set_str(i->machine, "hostname", hostname);
	json_set_str(i->machine, "machine_id", id);
	json_set(i->machine, "engine", TAKE(engine));
	TRY(m->ops->seed_machine(m->self, i->machine));
	return engine_daemon_json(identity_engine_options(m), m->ops->name, &i->daemon);
}

struct err *identity_check(const struct machine *m)
{
	auto_json *daemon = NULL;
	auto_json *env = NULL;
	auto_list sans = { 0 };

	json_strings(m->record, "HostOptions.AuthOptions.ServerCertSANs", &sans);
	TRY(certs_check_sans(&sans));
	TRY(engine_daemon_json(identity_engine_options(m), m->ops->name, &daemon));
	return engine_env_json(identity_engine_options(m), &env);
}

struct err *identity_make(struct machine *m)
{
	auto_endpoint end = { 0 };
	auto_identity i = { 0 };
	auto_free char *path = fs_join(m->dir, IDENTITY_SEED);
	struct seed seed;

	TRY(m->ops->endpoint(m->self, &end));
	TRY(identity_tls(m, &end, &i));
	TRY(identity_ssh(m, &end, &i));
	TRY(identity_machine(m, &i));
	seed = (struct seed){ i.machine, i.daemon, i.user_pub, i.host_key, i.host_pub, i.ca, i.cert, i.key };
	return seed_write(path, &seed);
}
