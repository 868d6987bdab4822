/* SPDX-License-Identifier: Apache-2.0 */
#include "core/identity.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "core/driver_call.h"
#include "core/record.h"
#include "guest/contract.h"
#include "provision/engine.h"
#include "provision/seed.h"

#define HOSTNAME_MAX 63 /* one label of the DNS; Linux takes 64 */

/* All owned. What the guest gets of it stands by enum guest_file, as in the seed. */
struct identity {
	char *user_key; /* the private half of GUEST_AUTHORIZED_KEYS */
	char *files[GUEST_FILES];
	cJSON *machine, *daemon;
};

static void identity_release(struct identity *i)
{
	mem_free_secret(i->user_key);
	for (enum guest_file f = 0; f < GUEST_FILES; f++) {
		if (guest_file(f)->secret)
			mem_free_secret(i->files[f]);
		else
			free(i->files[f]);
	}
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
	if (*end->address) /* else it is mended once the address is known */
		list_add(ret, end->address);
	list_add(ret, "localhost");
	list_add(ret, "127.0.0.1");
	list_add(ret, m->name);
}

/* When the first of the certificates in the folder ends; false where there are none. */
static bool identity_files_end(const struct machine *m, int64_t *ret)
{
	static const char *const files[] = { CERTS_FILE_SERVER, CERTS_FILE_CERT, CERTS_FILE_CA };
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = fs_join(m->dir, files[i]);
		int64_t end;
		auto_err *e = certs_end(path, &end);

		if (e || (found && end >= *ret))
			continue;
		*ret = end;
		found = true;
	}
	return found;
}

bool identity_end(const struct machine *m, int64_t *ret)
{
	*ret = json_int_or(m->record, RECORD_CERTS_END, 0);
	return *ret != 0 || identity_files_end(m, ret);
}

bool identity_ends_soon(const struct machine *m)
{
	int64_t end;

	return identity_files_end(m, &end) && end - (int64_t)time(NULL) < CERTS_RENEW_DAYS * 86400;
}

/* For `ls`, which asks all machines: reading a certificate takes as long as all else of its row. */
static void identity_note_end(struct machine *m)
{
	int64_t end;

	if (identity_files_end(m, &end))
		json_set_int(json_object_at(m->record, RECORD_OURS), RECORD_CERTS_END_MEMBER, end);
}

static void identity_shared_line(void *data, const char *line)
{
	core_say(data, SAY_LINE, NULL, "%s", line);
}

struct err *identity_shared(const struct core *c)
{
	struct certs_paths paths = core_certs(c);

	return err_wrap(certs_bootstrap(&paths, identity_shared_line, (void *)c), "Error generating certificates");
}

struct err *identity_client(struct machine *m)
{
	struct certs_paths paths = core_certs(m->core);
	auto_secret char *key = NULL;
	auto_free char *ca = NULL, *cert = NULL;

	TRY(fs_read(paths.ca, 1 << 20, &ca, NULL));
	TRY(fs_read(paths.cert, 1 << 20, &cert, NULL));
	TRY(fs_read(paths.key, 1 << 20, &key, NULL));
	TRY(identity_write(m, CERTS_FILE_CA, ca, CERTS_CERT_MODE));
	TRY(identity_write(m, CERTS_FILE_CERT, cert, CERTS_CERT_MODE));
	TRY(identity_write(m, CERTS_FILE_KEY, key, CERTS_KEY_MODE));
	identity_note_end(m);
	return NULL;
}

static struct err *identity_certificate(const struct machine *m, const struct driver_endpoint *end, struct identity *i)
{
	struct certs_paths paths = core_certs(m->core);
	auto_list sans = { 0 };

	identity_sans(m, end, &sans);
	TRY(certs_server(&paths, m->name, &sans,
			 (struct certs_slots){ .cert = &i->files[GUEST_CERT], .key = &i->files[GUEST_KEY] }));
	return fs_read(paths.ca, 1 << 20, &i->files[GUEST_CA], NULL);
}

static struct err *identity_keep_certificate(struct machine *m, const struct identity *i)
{
	TRY(identity_write(m, CERTS_FILE_SERVER_KEY, i->files[GUEST_KEY], CERTS_KEY_MODE));
	TRY(identity_write(m, CERTS_FILE_SERVER, i->files[GUEST_CERT], CERTS_CERT_MODE));
	identity_note_end(m);
	return NULL;
}

/*
 * The name that ssh looks the key up under: the bare host for port 22, "[host]:port" otherwise. Not known yet: a name that
 * no host can have, so that the key is kept for when it is. The caller frees.
 */
static char *identity_known_host(const struct driver_endpoint *end, const char *host_pub)
{
	const char *host = *end->ssh_host ? end->ssh_host : "unknown.invalid";

	return end->ssh_port == 22 ? xasprintf("%s %s", host, host_pub)
				   : xasprintf("[%s]:%d %s", host, end->ssh_port, host_pub);
}

static struct err *identity_known_hosts(const struct machine *m, const struct driver_endpoint *end,
					const char *host_pub)
{
	auto_free char *line = identity_known_host(end, host_pub);

	return identity_write(m, IDENTITY_KNOWN_HOSTS, line, 0600);
}

static struct err *identity_ssh(struct machine *m, struct identity *i)
{
	const struct certs_ssh_slots user = { .private_key = &i->user_key,
					      .public_line = &i->files[GUEST_AUTHORIZED_KEYS] };

	TRY(certs_ssh_key(m->name, user));
	TRY(identity_write(m, IDENTITY_SSH_KEY, i->user_key, 0600));
	return identity_write(m, IDENTITY_SSH_KEY ".pub", i->files[GUEST_AUTHORIZED_KEYS], 0600);
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

	TRY(random_hex(16, &id));
	TRY(engine_env_json(identity_engine_options(m), &engine));
	i->machine = json_object();
	json_set_int(i->machine, "version", 1);
	json_set_str(i->machine, "hostname", hostname);
	json_set_str(i->machine, "machine_id", id);
	json_set(i->machine, "engine", TAKE(engine));
	TRY(driver_seed_machine(m, i->machine));
	return engine_daemon_json(identity_engine_options(m), m->driver->name, &i->daemon);
}

struct err *identity_check(const struct machine *m)
{
	auto_json *daemon = NULL;
	auto_json *env = NULL;
	auto_list sans = { 0 };

	json_strings(m->record, "HostOptions.AuthOptions.ServerCertSANs", &sans);
	TRY(certs_check_sans(&sans));
	TRY(engine_daemon_json(identity_engine_options(m), m->driver->name, &daemon));
	return engine_env_json(identity_engine_options(m), &env);
}

struct err *identity_check_storage(const struct machine *m)
{
	auto_json *daemon = NULL;

	TRY(engine_daemon_json(identity_engine_options(m), m->driver->name, &daemon));
	return engine_check_storage(daemon);
}

static struct err *identity_make_keys(struct machine *m, const struct driver_endpoint *end, struct identity *i)
{
	TRY(identity_certificate(m, end, i));
	TRY(identity_keep_certificate(m, i));
	return identity_ssh(m, i);
}

struct err *identity_make(struct machine *m)
{
	auto_endpoint end = { 0 };
	auto_identity i = { 0 };

	TRY(driver_ask_endpoint(m, &end));
	return identity_make_keys(m, &end, &i);
}

struct err *identity_make_seed(struct machine *m, char **ret)
{
	auto_endpoint end = { 0 };
	auto_identity i = { 0 };
	auto_free char *path = fs_join(m->dir, IDENTITY_SEED);
	struct seed seed = { .machine = NULL };

	TRY(driver_ask_endpoint(m, &end));
	TRY(identity_make_keys(m, &end, &i));
	TRY(certs_ssh_key(m->name, (struct certs_ssh_slots){ .private_key = &i.files[GUEST_HOST_KEY],
							     .public_line = &i.files[GUEST_HOST_KEY_PUB] }));
	TRY(identity_known_hosts(m, &end, i.files[GUEST_HOST_KEY_PUB]));
	TRY(identity_machine(m, &i));
	seed.machine = i.machine;
	seed.daemon = i.daemon;
	for (enum guest_file f = 0; f < GUEST_FILES; f++)
		seed.files[f] = i.files[f];
	TRY(seed_write(path, &seed));
	*ret = TAKE(path);
	return NULL;
}

bool identity_fits(const struct machine *m, const struct driver_endpoint *end)
{
	auto_free char *cert = fs_join(m->dir, CERTS_FILE_SERVER);

	return !*end->address || certs_is_for(cert, end->address);
}

/* The host's key stays; the line says under which name ssh finds it. */
struct err *identity_follow_ssh(const struct machine *m, const struct driver_endpoint *end)
{
	auto_free char *path = fs_join(m->dir, IDENTITY_KNOWN_HOSTS), *text = NULL;
	const char *key;

	if (!fs_exists(path))
		return NULL;
	TRY(fs_read(path, 1 << 20, &text, NULL));
	key = strchr(text, ' ');
	if (!key)
		return err_new(ERR_FAILED, "'%s' holds no key", path);
	auto_free char *line = identity_known_host(end, key + 1);
	return str_eq(line, text) ? NULL : identity_known_hosts(m, end, key + 1);
}

static struct err *identity_tell_guest(struct machine *m, const struct identity *i)
{
	auto_json *files = json_object();

	/* References: no copies of keys. */
	for (enum guest_file f = 0; f < GUEST_FILES; f++)
		if (guest_file(f)->kind == GUEST_CERTIFICATE)
			cJSON_AddItemToObject(files, guest_file(f)->name, cJSON_CreateStringReference(i->files[f]));
	return driver_certificates(m, files);
}

/* With the engine settings that stand in the record now; an engine that runs takes them at its next start. */
static struct err *identity_reseed(struct machine *m, const struct identity *i, bool running)
{
	auto_free char *path = fs_join(m->dir, IDENTITY_SEED);
	auto_json *engine = NULL;
	auto_json *daemon = NULL;
	auto_json *changes = json_object();
	bool settings = false;

	TRY(engine_env_json(identity_engine_options(m), &engine));
	TRY(engine_daemon_json(identity_engine_options(m), m->driver->name, &daemon));
	json_set(changes, "engine", TAKE(engine));
	struct seed s = { .machine = changes, .daemon = daemon };

	for (enum guest_file f = 0; f < GUEST_FILES; f++)
		if (guest_file(f)->kind == GUEST_CERTIFICATE)
			s.files[f] = i->files[f];
	TRY(seed_renew(path, &s, &settings));
	TRY(driver_reseed(m, path));
	if (settings && running)
		core_say(m->core, SAY_WARN, m->name,
			 "its engine takes the changed options when it is started: machine restart %s", m->name);
	return NULL;
}

static struct err *identity_keep_renewed(struct machine *m, const struct driver_endpoint *end, const struct identity *i)
{
	TRY(identity_follow_ssh(m, end));
	TRY(identity_keep_certificate(m, i));
	return identity_client(m);
}

struct err *identity_renew(struct machine *m, const struct driver_endpoint *end)
{
	auto_identity i = { 0 };

	TRY(identity_certificate(m, end, &i));
	return identity_keep_renewed(m, end, &i);
}

/* The guest first: what stands in the folder then tells what it has. */
struct err *identity_renew_seed(struct machine *m, const struct driver_endpoint *end, bool running)
{
	auto_identity i = { 0 };

	TRY(identity_certificate(m, end, &i));
	if (running && driver_tells_guest(m))
		TRY(identity_tell_guest(m, &i));
	TRY(identity_reseed(m, &i, running));
	return identity_keep_renewed(m, end, &i);
}
