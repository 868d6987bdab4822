/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/none/none.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

struct none {
	const struct driver_env *env;
	char *url;
	char *address; /* the URL's host with its port, as docker-machine keeps it */
};

static const struct opt none_opts[] = {
	{ .name = "url", .type = OPT_STRING, .help = "URL of host when no driver is selected" },
	{ 0 },
};

/*
 * Go's url.Parse as far as docker-machine's users meet it: "parse "URL": missing protocol scheme" for what begins with
 * a colon, and a host only after "//".
 */
static struct err *none_parse_url(const char *url, char **ret_address)
{
	const char *colon = strchr(url, ':'), *host = NULL;

	for (const char *p = url; *p; p++)
		if (iscntrl((unsigned char)*p))
			return err_new(ERR_USAGE, "parse \"%s\": net/url: invalid control character in URL", url);
	if (colon == url)
		return err_new(ERR_USAGE, "parse \"%s\": missing protocol scheme", url);
	if (colon && str_starts(colon + 1, "//"))
		host = colon + 3;
	else if (str_starts(url, "//"))
		host = url + 2;
	if (!host) {
		*ret_address = xstrdup("");
		return NULL;
	}
	size_t n = strcspn(host, "/?#");
	for (size_t i = n; i > 0; i--)
		if (host[i - 1] == '@') { /* user information is no part of the host */
			host += i;
			n -= i;
			break;
		}
	*ret_address = xstrndup(host, n);
	return NULL;
}

static struct err *none_new(const struct driver_env *env, const char *url, const char *address, void **ret_self)
{
	auto_free char *parsed = NULL;

	if (!address)
		TRY(none_parse_url(url, &parsed));
	struct none *n = xcalloc(1, sizeof(*n));
	n->env = env;
	n->url = xstrdup(url);
	n->address = address ? xstrdup(address) : TAKE(parsed);
	*ret_self = n;
	return NULL;
}

static struct err *none_from_opts(const struct driver_env *env, const struct opts *opts, void **ret_self)
{
	const char *url = opts_str(opts, "url");

	if (!*url)
		return err_hint(err_new(ERR_USAGE, "--url option is required when no driver is selected"),
				"Say where its engine answers: --url tcp://HOST:2376");
	return none_new(env, url, NULL, ret_self);
}

static struct err *none_from_record(const struct driver_env *env, const cJSON *driver, void **ret_self)
{
	return none_new(env, json_str_or(driver, "URL", ""), json_str_or(driver, "IPAddress", ""), ret_self);
}

static void none_close(void *self)
{
	struct none *n = self;

	if (!n)
		return;
	free(n->url);
	free(n->address);
	free(n);
}

static void none_keep_str(cJSON *into, const char *key, const char *value)
{
	if (!json_get_or_null(into, key))
		json_set_str(into, key, value);
}

static struct err *none_save(void *self, cJSON *into)
{
	struct none *n = self;

	json_set_str(into, "IPAddress", n->address);
	json_set_str(into, "MachineName", n->env->name);
	none_keep_str(into, "SSHUser", "");
	if (!json_get_or_null(into, "SSHPort"))
		json_set_int(into, "SSHPort", 0);
	none_keep_str(into, "SSHKeyPath", "");
	json_set_str(into, "StorePath", n->env->store);
	if (!json_get_or_null(into, "SwarmMaster"))
		json_set_bool(into, "SwarmMaster", false);
	none_keep_str(into, "SwarmHost", "");
	none_keep_str(into, "SwarmDiscovery", "");
	json_set_str(into, "URL", n->url);
	return NULL;
}

/* There is nothing to make and nothing to remove. */
static struct err *none_create(void *self, const struct driver_image *image, const char *seed)
{
	(void)self, (void)image, (void)seed;
	return NULL;
}

static struct err *none_remove(void *self)
{
	(void)self;
	return NULL;
}

/* docker-machine says Running without asking: whether the engine answers is a matter of its certificate check. */
static struct err *none_state(void *self, enum machine_state *ret)
{
	struct none *n = self;

	*ret = *n->url ? STATE_RUNNING : STATE_NONE;
	return NULL;
}

static struct err *none_endpoint(void *self, struct driver_endpoint *ret)
{
	struct none *n = self;

	*ret = (struct driver_endpoint){
		.address = xstrdup(n->address),
		.url = xstrdup(n->url),
		.ssh_host = xstrdup(""),
		.ssh_port = 0,
		.ssh_user = xstrdup(""),
	};
	return NULL;
}

const struct driver_ops driver_none = {
	.name = "none",
	.summary = "An existing engine, known by its URL only",
	.caps = DRIVER_NO_POWER | DRIVER_NO_SSH,
	.opts = none_opts,
	.from_opts = none_from_opts,
	.from_record = none_from_record,
	.close = none_close,
	.save = none_save,
	.create = none_create,
	.remove = none_remove,
	.state = none_state,
	.endpoint = none_endpoint,
};
