/* SPDX-License-Identifier: Apache-2.0 */
#include "core/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "certs/keys.h"
#include "core/machine.h"
#include "core/record.h"

#define DEFAULT "default" /* the client's name for "no context" */

struct context {
	char *name;
	char *config; /* config.json of the client */
	char *meta_dir, *meta, *tls_dir;
};

static void context_release(struct context *x)
{
	free(x->name);
	free(x->config);
	free(x->meta_dir);
	free(x->meta);
	free(x->tls_dir);
}
#define auto_context __attribute__((cleanup(context_release))) struct context

static struct err *client_dir(char **ret)
{
	const char *given = getenv("DOCKER_CONFIG");
	auto_free char *home = NULL;

	if (given && *given)
		return fs_absolute(given, ret);
	TRY(fs_home(&home));
	*ret = fs_join(home, ".docker");
	return NULL;
}

static struct err *context_at(const char *name, struct context *ret)
{
	auto_free char *dir = NULL, *id = NULL;

	TRY(client_dir(&dir));
	TRY(digest_sha256_text(name, &id));
	ret->name = xstrdup(name);
	ret->config = fs_join(dir, "config.json");
	ret->meta_dir = xasprintf("%s/contexts/meta/%s", dir, id);
	ret->meta = fs_join(ret->meta_dir, "meta.json");
	ret->tls_dir = xasprintf("%s/contexts/tls/%s", dir, id);
	return NULL;
}

/* Names of the client have two characters at least, and one is taken. The caller frees. */
static char *context_name(const char *machine)
{
	return strlen(machine) < 2 || str_eq(machine, DEFAULT) ? xasprintf("machine-%s", machine) : xstrdup(machine);
}

enum owner {
	OWNER_NONE,
	OWNER_OURS,
	OWNER_OTHER
};

/*
 * A store has as many names as there are links to it, and another one after it was moved: then nothing is where it was. A copy
 * is another store, as long as the first one is there.
 */
static bool context_is_store(const char *named, const char *store)
{
	struct stat a, b;

	if (str_eq(named, store))
		return true;
	if (*named != '/' || stat(store, &b) < 0)
		return false;
	return stat(named, &a) < 0 ? errno == ENOENT || errno == ENOTDIR : a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static enum owner context_owner(const struct context *x, const struct machine *m)
{
	auto_json *meta = NULL;
	auto_err *e = json_read_file(x->meta, &meta);

	if (e)
		return e->code == ERR_NOT_FOUND ? OWNER_NONE : OWNER_OTHER;
	return context_is_store(json_str_or(meta, "Metadata.Machine.Store", ""), m->core->store) &&
			       str_eq(json_str_or(meta, "Metadata.Machine.Name", ""), m->name)
		       ? OWNER_OURS
		       : OWNER_OTHER;
}

/* --- config.json of the client --- */

static struct err *client_read(const char *path, cJSON **ret)
{
	struct err *e = json_read_file(path, ret);

	if (e && e->code == ERR_NOT_FOUND) {
		err_free(e);
		*ret = json_object();
		return NULL;
	}
	TRY(e);
	return json_is_object(*ret) ? NULL : err_new(ERR_FAILED, "'%s' holds no JSON object", path);
}

/* Where a killed process left its temporary file: beside what path leads to. The caller frees. */
static char *path_folder(const char *path)
{
	auto_free char *real = realpath(path, NULL);
	const char *at = real ? real : path, *slash = strrchr(at, '/');

	return xstrndup(at, slash ? (size_t)(slash - at) : 0);
}

/* NULL: none. All else in the file stays; where it is a link, what it leads to is written. */
static struct err *client_set_current(const char *path, const char *name)
{
	auto_json *config = NULL;

	auto_free char *dir = path_folder(path);

	fs_sweep(dir);
	TRY(client_read(path, &config));
	if (name)
		json_set_str(config, "currentContext", name);
	else
		cJSON_DeleteItemFromObjectCaseSensitive(config, "currentContext");
	auto_free char *text = json_print(config, 4);
	return fs_replace(path, text, strlen(text), 0600);
}

static struct err *client_current(const char *path, char **ret)
{
	auto_json *config = NULL;

	TRY(client_read(path, &config));
	*ret = xstrdup(json_str_or(config, "currentContext", ""));
	return NULL;
}

/* --- the entry --- */

static struct err *context_write_keys(const struct context *x, const struct machine *m)
{
	static const struct {
		const char *name;
		mode_t mode;
	} files[] = { { "ca.pem", 0644 }, { "cert.pem", 0644 }, { "key.pem", 0600 } };
	auto_free char *dir = fs_join(x->tls_dir, "docker");

	TRY(fs_mkdirs(dir, 0700));
	fs_sweep(dir);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *from = fs_join(m->dir, files[i].name), *to = fs_join(dir, files[i].name);
		auto_secret char *text = NULL;

		TRY(fs_read(from, 1 << 20, &text, NULL));
		TRY(fs_write(to, text, strlen(text), files[i].mode));
	}
	return NULL;
}

/* Last, for the client takes an entry to be there when this file is. */
static struct err *context_write_meta(const struct context *x, const struct machine *m, const char *url)
{
	auto_json *meta = json_object();
	auto_free char *about = xasprintf("machine %s", m->name);

	json_set_str(meta, "Name", x->name);
	cJSON *data = json_object_at(meta, "Metadata");
	json_set_str(data, "Description", about);
	cJSON *ours = json_object_at(data, "Machine");
	json_set_str(ours, "Name", m->name);
	json_set_str(ours, "Store", m->core->store);
	cJSON *docker = json_object_at(json_object_at(meta, "Endpoints"), "docker");
	json_set_str(docker, "Host", url);
	json_set_bool(docker, "SkipTLSVerify", false);
	auto_free char *text = json_print(meta, 0);
	TRY(fs_mkdirs(x->meta_dir, 0755));
	return fs_write(x->meta, text, strlen(text), 0644);
}

static struct err *context_write(const struct context *x, const struct machine *m, const char *url)
{
	TRY(context_write_keys(x, m));
	return context_write_meta(x, m, url);
}

struct err *context_use(struct machine *m, const char *wanted, const char *url, char **ret)
{
	auto_free char *name = wanted ? xstrdup(wanted) : context_name(m->name);
	auto_context x = { 0 };

	TRY(context_at(name, &x));
	if (context_owner(&x, m) == OWNER_OTHER || str_eq(name, DEFAULT))
		return err_hint(
			err_new(ERR_EXISTS, "the Docker client has a context '%s' already, which is not ours", name),
			"Choose another name: machine use --context NAME %s", m->name);
	if (!str_eq(json_str_or(m->record, RECORD_CONTEXT, name), name))
		context_remove(m); /* it had another name */
	/* Before there is anything of it, so that rm finds what a killed process wrote. */
	json_set_str(json_object_at(m->record, RECORD_OURS), RECORD_CONTEXT_MEMBER, name);
	TRY(machine_save(m));
	TRY(err_wrap(context_write(&x, m, url), "cannot write the Docker context '%s'", name));
	TRY(err_wrap(client_set_current(x.config, name), "cannot make '%s' the current Docker context", name));
	*ret = TAKE(name);
	return NULL;
}

struct err *context_unuse(bool *ret)
{
	auto_free char *dir = NULL, *current = NULL;
	auto_json *meta = NULL;
	auto_context x = { 0 };

	*ret = false;
	TRY(client_dir(&dir));
	auto_free char *config = fs_join(dir, "config.json");
	TRY(client_current(config, &current));
	TRY(context_at(current, &x));
	auto_err *e = json_read_file(x.meta, &meta);
	if (e || !json_get_or_null(meta, "Metadata.Machine.Name"))
		return NULL;
	*ret = true;
	return client_set_current(config, NULL);
}

/* The machine's entry, when it has one that is ours still. begun: or keys without an entry, which a killed `use` left. */
static bool context_of(const struct machine *m, bool begun, struct context *ret)
{
	const char *name = json_str_or(m->record, RECORD_CONTEXT, "");

	if (!*name)
		return false;
	auto_err *e = context_at(name, ret);
	enum owner owner = e ? OWNER_OTHER : context_owner(ret, m);
	return owner == OWNER_OURS || (begun && owner == OWNER_NONE && fs_exists(ret->tls_dir));
}

static void context_warn(const struct machine *m, struct err *e)
{
	auto_free char *why = e ? err_text(e) : NULL;

	if (why)
		core_say(m->core, SAY_WARN, m->name, "its Docker context is not what it should be: %s", why);
	err_free(e);
}

static struct err *context_rewrite(struct machine *m, const struct context *x)
{
	auto_endpoint end = { 0 };

	TRY(machine_endpoint(m, &end));
	return context_write(x, m, end.url);
}

void context_refresh(struct machine *m)
{
	auto_context x = { 0 };

	if (context_of(m, false, &x))
		context_warn(m, context_rewrite(m, &x));
}

static struct err *context_drop(const struct context *x)
{
	auto_free char *current = NULL;

	TRY(client_current(x->config, &current));
	if (str_eq(current, x->name))
		TRY(client_set_current(x->config, NULL));
	TRY(fs_remove_tree(x->meta_dir));
	return fs_remove_tree(x->tls_dir);
}

void context_remove(struct machine *m)
{
	auto_context x = { 0 };

	if (context_of(m, true, &x))
		context_warn(m, context_drop(&x));
}
