/* SPDX-License-Identifier: Apache-2.0 */
#include "provision/engine.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/num.h"
#include "provision/engine_flags.h"

/* One setting on its way into the file. */
struct engine_setting {
	cJSON *out;
	const struct engine_flag *flag;
	const char *key;
	const char *value; /* NULL: a flag that stands alone */
};

static struct err *engine_wrong(const struct engine_setting *s, const char *form)
{
	return err_hint(err_new(ERR_USAGE, "engine option '%s' does not take '%s'", s->flag->name, s->value),
			"Write it as %s=%s", s->flag->name, form);
}

/* Cut text at the first of separator; *ret_rest is behind it. The caller frees. NULL when it is not there. */
static char *engine_cut(const char *text, char separator, const char **ret_rest)
{
	const char *at = strchr(text, separator);

	if (!at || at == text)
		return NULL;
	*ret_rest = at + 1;
	return xstrndup(text, (size_t)(at - text));
}

static struct err *engine_set_text(const struct engine_setting *s)
{
	json_set_str(s->out, s->key, s->value);
	return NULL;
}

static struct err *engine_set_number(const struct engine_setting *s)
{
	auto_err *err = NULL;
	int64_t number;

	err = num_int(s->value, INT32_MIN, INT32_MAX, &number);
	if (err)
		return engine_wrong(s, "NUMBER");
	json_set_int(s->out, s->key, number);
	return NULL;
}

/* The words of Go's strconv.ParseBool, which dockerd's flags take. */
static struct err *engine_set_bool(const struct engine_setting *s)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		bool on = str_eq(s->value, yes[i]);

		if (on || str_eq(s->value, no[i])) {
			json_set_bool(s->out, s->key, on);
			return NULL;
		}
	}
	return engine_wrong(s, "true or false");
}

static struct err *engine_add(const struct engine_setting *s)
{
	auto_list items = { 0 };

	json_strings(s->out, s->key, &items);
	list_add(&items, s->value);
	json_set_strings(s->out, s->key, &items);
	return NULL;
}

/* dockerd does not start when a label has two values. */
static struct err *engine_add_label(const struct engine_setting *s)
{
	auto_list items = { 0 };
	const char *rest;
	auto_free char *name = engine_cut(s->value, '=', &rest);
	size_t len = name ? strlen(name) + 1 : 0;

	if (!name)
		return engine_wrong(s, "KEY=VALUE");
	json_strings(s->out, s->key, &items);
	for (size_t i = 0; i < items.n; i++) {
		if (strncmp(items.items[i], s->value, len) != 0)
			continue;
		if (str_eq(items.items[i], s->value))
			return NULL;
		return err_hint(err_new(ERR_USAGE, "the engine's label '%s' has two values: '%s' and '%s'", name,
					items.items[i] + len, rest),
				"Give one of them. The label 'provider' is always the driver's name.");
	}
	return engine_add(s);
}

static struct err *engine_set_map(const struct engine_setting *s)
{
	const char *value;
	auto_free char *name = engine_cut(s->value, '=', &value);

	if (!name)
		return engine_wrong(s, "KEY=VALUE");
	json_set_str(json_object_at(s->out, s->key), name, value);
	return NULL;
}

static struct err *engine_set_map_map(const struct engine_setting *s)
{
	const char *rest, *value;
	auto_free char *outer = engine_cut(s->value, '=', &rest);
	auto_free char *inner = outer ? engine_cut(rest, '=', &value) : NULL;

	if (!inner)
		return engine_wrong(s, "DRIVER=KEY=VALUE");
	json_set_str(json_object_at(json_object_at(s->out, s->key), outer), inner, value);
	return NULL;
}

/* NAME=SOFT or NAME=SOFT:HARD; -1 is no limit. */
static struct err *engine_set_ulimit(const struct engine_setting *s)
{
	const char *limits, *rest = NULL;
	auto_free char *name = engine_cut(s->value, '=', &limits);
	auto_free char *soft_text = name ? engine_cut(limits, ':', &rest) : NULL;
	auto_err *err = NULL;
	int64_t soft, hard;

	if (!name)
		return engine_wrong(s, "NAME=SOFT:HARD");
	err = num_int(soft_text ? soft_text : limits, -1, INT64_MAX, &soft);
	if (!err)
		err = num_int(soft_text ? rest : limits, -1, INT64_MAX, &hard);
	if (err || (hard != -1 && (soft > hard || soft == -1)))
		return engine_wrong(s, "NAME=SOFT:HARD");

	cJSON *limit = json_object_at(json_object_at(s->out, s->key), name);

	json_set_str(limit, "Name", name);
	json_set_int(limit, "Hard", hard);
	json_set_int(limit, "Soft", soft);
	return NULL;
}

/* base=NETWORK,size=BITS in any order. */
static struct err *engine_add_pool(const struct engine_setting *s)
{
	auto_list parts = { 0 };
	auto_json *pool = json_object();

	list_split(&parts, s->value, ',', false);
	for (size_t i = 0; i < parts.n; i++) {
		int64_t size;

		if (str_starts(parts.items[i], "base=")) {
			json_set_str(pool, "base", parts.items[i] + 5);
		} else if (str_starts(parts.items[i], "size=")) {
			auto_err *err = num_int(parts.items[i] + 5, 1, 128, &size);

			if (err)
				return engine_wrong(s, "base=NETWORK,size=BITS");
			json_set_int(pool, "size", size);
		}
	}
	if (parts.n != 2 || !json_get_or_null(pool, "base") || !json_get_or_null(pool, "size"))
		return engine_wrong(s, "base=NETWORK,size=BITS");

	cJSON *pools = cJSON_GetObjectItemCaseSensitive(s->out, s->key);

	if (!pools) {
		pools = json_array();
		json_set(s->out, s->key, pools);
	}
	cJSON_AddItemToArray(pools, TAKE(pool));
	return NULL;
}

static struct err *engine_set_runtime(const struct engine_setting *s)
{
	const char *path;
	auto_free char *name = engine_cut(s->value, '=', &path);

	if (!name || !*path)
		return engine_wrong(s, "NAME=PATH");
	json_set_str(json_object_at(json_object_at(s->out, s->key), name), "path", path);
	return NULL;
}

static struct err *engine_set_proxy(const struct engine_setting *s)
{
	json_set_str(json_object_at(s->out, "proxies"), s->key, s->value);
	return NULL;
}

static struct err *engine_refuse(const struct engine_setting *s)
{
	return err_hint(err_new(ERR_USAGE, "engine option '%s' cannot be set: %s", s->flag->name, s->flag->key),
			"Leave out --engine-opt %s", s->flag->name);
}

static struct err *(*const engine_setters[])(const struct engine_setting *s) = {
	[ENGINE_TEXT] = engine_set_text,       [ENGINE_NUMBER] = engine_set_number,
	[ENGINE_BOOL] = engine_set_bool,       [ENGINE_LIST] = engine_add,
	[ENGINE_LABEL] = engine_add_label,     [ENGINE_MAP] = engine_set_map,
	[ENGINE_MAP_MAP] = engine_set_map_map, [ENGINE_ULIMIT] = engine_set_ulimit,
	[ENGINE_POOL] = engine_add_pool,       [ENGINE_RUNTIME] = engine_set_runtime,
	[ENGINE_PROXY] = engine_set_proxy,     [ENGINE_REFUSED] = engine_refuse,
};

static struct err *engine_set(cJSON *out, const char *name, const char *value)
{
	const struct engine_flag *flag = engine_flag_find(name);

	if (!flag)
		return err_hint(err_new(ERR_USAGE, "the engine has no option '%s'", name),
				"See the options of dockerd: https://docs.docker.com/reference/cli/dockerd/");

	const struct engine_setting s = { out, flag, flag->key ? flag->key : flag->name,
					  !value && flag->kind == ENGINE_BOOL ? "true" : value };

	if (!s.value && flag->kind != ENGINE_REFUSED)
		return err_hint(err_new(ERR_USAGE, "engine option '%s' needs a value", name),
				"Write it as --engine-opt %s=VALUE", name);
	return engine_setters[flag->kind](&s);
}

/* "key=value", "key", and what docker-machine's shell line let through: "--key=value", "key value". */
static struct err *engine_set_arbitrary(cJSON *out, const char *text)
{
	auto_free char *copy = xstrdup(text);
	char *name = copy;

	while (*name == '-')
		name++;

	char *value = name + strcspn(name, "= ");

	if (!*value)
		return engine_set(out, name, NULL);
	*value++ = '\0';
	return engine_set(out, name, value);
}

/* Members of the record that hold a list, one that holds a text, one that holds a bool. */
static const struct {
	const char *member, *flag;
	enum {
		MEMBER_LIST,
		MEMBER_TEXT,
		MEMBER_BOOL
	} kind;
} engine_members[] = {
	{ "Labels", "label", MEMBER_LIST },
	{ "InsecureRegistry", "insecure-registry", MEMBER_LIST },
	{ "RegistryMirror", "registry-mirror", MEMBER_LIST },
	{ "Dns", "dns", MEMBER_LIST },
	{ "StorageDriver", "storage-driver", MEMBER_TEXT },
	{ "LogLevel", "log-level", MEMBER_TEXT },
	{ "GraphDir", "data-root", MEMBER_TEXT },
	{ "Ipv6", "ipv6", MEMBER_BOOL },
	{ "SelinuxEnabled", "selinux-enabled", MEMBER_BOOL },
};

static struct err *engine_set_list(cJSON *out, const cJSON *options, const char *member, const char *flag)
{
	auto_list items = { 0 };

	json_strings(options, member, &items);
	for (size_t i = 0; i < items.n; i++)
		TRY(engine_set(out, flag, items.items[i]));
	return NULL;
}

static struct err *engine_set_members(cJSON *out, const cJSON *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(engine_members); i++) {
		const char *member = engine_members[i].member, *flag = engine_members[i].flag;
		const char *text = json_str_or(options, member, "");

		if (engine_members[i].kind == MEMBER_LIST)
			TRY(engine_set_list(out, options, member, flag));
		else if (engine_members[i].kind == MEMBER_TEXT && *text)
			TRY(engine_set(out, flag, text));
		else if (engine_members[i].kind == MEMBER_BOOL && json_bool_or(options, member, false))
			TRY(engine_set(out, flag, "true"));
	}
	return NULL;
}

struct err *engine_daemon_json(const cJSON *engine_options, const char *provider, cJSON **ret)
{
	auto_json *out = json_object();
	auto_list flags = { 0 };
	auto_free char *label = xasprintf("provider=%s", provider);

	if (engine_options) {
		TRY(engine_set_members(out, engine_options));
		json_strings(engine_options, "ArbitraryFlags", &flags);
	}
	for (size_t i = 0; i < flags.n; i++)
		TRY(engine_set_arbitrary(out, flags.items[i]));
	TRY(engine_set(out, "label", label));
	*ret = TAKE(out);
	return NULL;
}

struct err *engine_check_storage(const cJSON *daemon)
{
	/* Gone since 24.0 (aufs, overlay) and 25.0 (devicemapper). */
	static const char *const gone[] = { "aufs", "overlay", "devicemapper" };
	const char *name = json_str_or(daemon, "storage-driver", "");

	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		if (str_eq(name, gone[i]))
			return err_hint(err_new(ERR_USAGE, "the engine has no storage driver '%s' any more", name),
					"Leave the option out: the engine takes overlay2, which is what '%s' was "
					"replaced with.",
					name);
	return NULL;
}

/* It becomes a member of the engine's environment: nothing that could be read as two of them. */
static bool engine_is_variable(const char *name)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

struct err *engine_env_json(const cJSON *engine_options, cJSON **ret)
{
	auto_json *out = json_object();
	cJSON *env = json_object_at(out, "env");
	auto_list items = { 0 };

	if (engine_options)
		json_strings(engine_options, "Env", &items);
	for (size_t i = 0; i < items.n; i++) {
		const char *value;
		auto_free char *name = engine_cut(items.items[i], '=', &value);

		if (!name || !engine_is_variable(name))
			return err_hint(err_new(ERR_USAGE, "'%s' is not a variable of an environment", items.items[i]),
					"Write it as --engine-env NAME=VALUE");
		json_set_str(env, name, value);
	}
	*ret = TAKE(out);
	return NULL;
}
