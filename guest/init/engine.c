/* SPDX-License-Identifier: Apache-2.0 */
#include "init/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "init/cgroup.h"
#include "init/event.h"
#include "init/run.h"
#include "lib/file.h"

#define ENGINE_CGROUPFS "native.cgroupdriver=cgroupfs"

static cJSON *engine_running;	 /* configuration of the last start or reload; the loop's */
static char *engine_running_env; /* and its environment, as text */

static void engine_force(cJSON *config, const char *name, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(config, name);
	if (value)
		cJSON_AddItemToObject(config, name, value);
}

static void engine_default(cJSON *config, const char *name, cJSON *value)
{
	if (cJSON_HasObjectItem(config, name))
		cJSON_Delete(value);
	else
		cJSON_AddItemToObject(config, name, value);
}

/* There is no systemd here: without a word on it the engine must be told so. */
static void engine_exec_opts(cJSON *config)
{
	cJSON *options = cJSON_GetObjectItemCaseSensitive(config, "exec-opts"), *item;

	if (!cJSON_IsArray(options))
		options = cJSON_AddArrayToObject(config, "exec-opts");
	cJSON_ArrayForEach (item, options) {
		if (cJSON_IsString(item) && strncmp(item->valuestring, "native.cgroupdriver=", 20) == 0) {
			cJSON_SetValuestring(item, ENGINE_CGROUPFS);
			return;
		}
	}
	cJSON_AddItemToArray(options, cJSON_CreateString(ENGINE_CGROUPFS));
}

cJSON *engine_config(const cJSON *user)
{
	static const char *const sockets[] = { "unix://" GUEST_ENGINE_SOCKET };
	static const char *const never[] = { "tls",    "tlsverify", "tlscacert", "tlscert",
					     "tlskey", "pidfile",   "group",	 "exec-root" };
	cJSON *config = user ? cJSON_Duplicate(user, 1) : cJSON_CreateObject();

	/* The gate and init depend on these; TLS is the gate's. */
	engine_force(config, "hosts", cJSON_CreateStringArray(sockets, 1));
	engine_force(config, "containerd", cJSON_CreateString(ENGINE_CONTAINERD));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		engine_force(config, never[i], NULL);
	engine_exec_opts(config);
	engine_default(config, "storage-driver", cJSON_CreateString("overlay2"));
	engine_default(config, "userland-proxy", cJSON_CreateFalse());
	engine_default(config, "iptables", cJSON_CreateTrue());
	engine_default(config, "shutdown-timeout", cJSON_CreateNumber(10));
	return config;
}

bool engine_reloadable(const cJSON *was, const cJSON *now)
{
	static const char *const live[] = { "debug",
					    "labels",
					    "live-restore",
					    "max-concurrent-downloads",
					    "max-download-attempts",
					    "max-concurrent-uploads",
					    "default-runtime",
					    "runtimes",
					    "insecure-registries",
					    "registry-mirrors",
					    "shutdown-timeout",
					    "features" };
	cJSON *a = cJSON_Duplicate(was, 1), *b = cJSON_Duplicate(now, 1);
	bool same;

	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
		cJSON_DeleteItemFromObjectCaseSensitive(a, live[i]);
		cJSON_DeleteItemFromObjectCaseSensitive(b, live[i]);
	}
	same = cJSON_Compare(a, b, 1);
	cJSON_Delete(a);
	cJSON_Delete(b);
	return same;
}

static cJSON *engine_identity_config(void)
{
	const char *path = GUEST_IDENTITY_DIR "/" GUEST_FILE_DAEMON;
	char *text = file_read(path, GUEST_LINE_MAX, NULL);
	auto_json *user = text ? json_object(text, strlen(text)) : NULL;

	if (text && !user)
		event_warning("daemon.json is no JSON object: the engine runs with defaults");
	free(text);
	return engine_config(user);
}

static void engine_own(struct engine_start *s, const char **slot, char *text)
{
	if (!text || s->owned_count == ENGINE_WORDS) {
		free(text);
		return;
	}
	s->owned[s->owned_count++] = text;
	*slot = text;
}

static bool engine_env_name(const char *name)
{
	static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

	return *name && strspn(name, ok) == strlen(name) && !(*name >= '0' && *name <= '9');
}

/* From machine.json's engine.env, and what boot2docker's profile exports. */
static void engine_env(struct engine_start *s, const struct profile *p)
{
	auto_json *machine = json_file(GUEST_IDENTITY_DIR "/" GUEST_FILE_MACHINE);
	const cJSON *env = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(machine, "engine"), "env");
	const cJSON *item;
	size_t n = 0;

	s->env[n++] = "PATH=" RUN_PATH;
	s->env[n++] = "HOME=/root";
	s->env[n++] = "TMPDIR=/tmp";
	cJSON_ArrayForEach (item, env) {
		char *text = NULL;

		if (n + 1 >= ENGINE_WORDS || !cJSON_IsString(item) || !engine_env_name(item->string))
			continue;
		if (asprintf(&text, "%s=%s", item->string, item->valuestring) < 0)
			continue;
		engine_own(s, &s->env[n], text);
		n += s->env[n] != NULL;
	}
	for (size_t i = 0; i < p->env_count && n + 1 < ENGINE_WORDS; i++) {
		engine_own(s, &s->env[n], strdup(p->env[i]));
		n += s->env[n] != NULL;
	}
}

static char *engine_env_text(const struct engine_start *s)
{
	size_t len = 1;
	char *text;

	for (size_t i = 0; s->env[i]; i++)
		len += strlen(s->env[i]) + 1;
	text = calloc(1, len);
	for (size_t i = 0; text && s->env[i]; i++)
		strcat(strcat(text, s->env[i]), "\n");
	return text;
}

static cJSON *engine_compose(struct engine_start *s)
{
	static const char *const fixed[] = { "dockerd", "--config-file", ENGINE_CONFIG };
	cJSON *config = engine_identity_config();
	const char *rest[16];
	size_t n = 0, count = 0;
	struct profile p;

	profile_load(&p);
	for (; n < 3; n++)
		s->argv[n] = fixed[n];
	if (p.extra_args) {
		char *args = strdup(p.extra_args);

		profile_args(args, config, rest, 16, &count);
		for (size_t i = 0; i < count; i++) {
			engine_own(s, &s->argv[n], strdup(rest[i]));
			n += s->argv[n] != NULL;
		}
		free(args);
	}
	engine_env(s, &p);
	profile_release(&p);
	return config;
}

static void engine_write(const cJSON *config)
{
	char *text = cJSON_Print(config);

	if (!text || file_write(ENGINE_CONFIG, text, strlen(text), 0600) != 0)
		event_warning("cannot write the engine's configuration");
	free(text);
}

void engine_prepare(struct engine_start *s)
{
	memset(s, 0, sizeof(*s));
	cJSON_Delete(engine_running);
	free(engine_running_env);
	engine_running = engine_compose(s);
	engine_running_env = engine_env_text(s);
	engine_write(engine_running);
	cgroup_containers(json_text(engine_running, "cgroup-parent"));
}

void engine_release(struct engine_start *s)
{
	for (size_t i = 0; i < s->owned_count; i++)
		free(s->owned[i]);
}

enum engine_change engine_differs(void)
{
	struct engine_start s = { 0 };
	cJSON *now = engine_compose(&s);
	char *env = engine_env_text(&s);
	enum engine_change answer = ENGINE_SAME;

	if (!engine_running_env || !env || strcmp(env, engine_running_env) != 0)
		answer = ENGINE_STARTS_ANEW;
	else if (!cJSON_Compare(now, engine_running, 1))
		answer = engine_reloadable(engine_running, now) ? ENGINE_RELOADS : ENGINE_STARTS_ANEW;
	if (answer == ENGINE_RELOADS) {
		cJSON_Delete(engine_running);
		engine_running = cJSON_Duplicate(now, 1);
		engine_write(now);
	}
	cJSON_Delete(now);
	free(env);
	engine_release(&s);
	return answer;
}
