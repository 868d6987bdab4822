/* SPDX-License-Identifier: Apache-2.0 */
#include "core/core.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/mem.h"

static struct err *core_path(const char *given, const char *dir, const char *name, char **ret)
{
	if (*given)
		return fs_absolute(given, ret);
	*ret = fs_join(dir, name);
	return NULL;
}

static struct err *core_store(const char *given, char **ret)
{
	auto_free char *home = NULL;

	if (*given)
		return fs_absolute(given, ret);
	TRY(fs_home(&home));
	*ret = fs_join(home, ".docker/machine");
	return NULL;
}

struct err *core_init(struct core *ret, const char *store, const char *ca, const char *ca_key, const char *cert,
		      const char *key)
{
	TRY(core_store(store, &ret->store));
	ret->state_dir = fs_join(ret->store, ".state");
	ret->certs_dir = fs_join(ret->store, "certs");
	TRY(core_path(ca, ret->certs_dir, "ca.pem", &ret->ca));
	TRY(core_path(ca_key, ret->certs_dir, "ca-key.pem", &ret->ca_key));
	TRY(core_path(cert, ret->certs_dir, "cert.pem", &ret->cert));
	TRY(core_path(key, ret->certs_dir, "key.pem", &ret->key));
	return NULL;
}

void core_release(struct core *c)
{
	free(c->store);
	free(c->state_dir);
	free(c->certs_dir);
	free(c->ca);
	free(c->ca_key);
	free(c->cert);
	free(c->key);
}

const char *core_prog(const struct core *c)
{
	return c->prog ? c->prog : "machine";
}

void core_say(const struct core *c, enum say_kind kind, const char *machine, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	if (c->say)
		c->say(c->data, kind, machine, text);
}

struct certs_paths core_certs(const struct core *c)
{
	struct certs_paths p = { c->certs_dir, c->ca, c->ca_key, c->cert, c->key };
	return p;
}
