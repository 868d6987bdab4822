/* SPDX-License-Identifier: Apache-2.0 */
/* env: the settings of a machine in the words of a shell. Every byte is docker-machine's (its faults left out). */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/connection.h"
#include "cmd/shell.h"
#include "cmd/targets.h"
#include "core/machine.h"

static const struct opt env_opts[] = {
	CMD_SWARM,
	{ "shell", NULL, OPT_STRING, NULL, NULL,
	  "Force environment to be configured for a specified shell: [fish, cmd, powershell, tcsh, emacs], default is "
	  "auto-detect" },
	{ "unset", "u", OPT_FLAG, NULL, NULL, "Unset variables instead of setting them" },
	{ "no-proxy", NULL, OPT_FLAG, NULL, NULL, "Add machine IP to NO_PROXY environment variable" },
	{ 0 }
};

/* What env answers with: text of a shell, or an object with a member for each variable (null: to be unset). */
struct answer {
	const struct app *app;
	const struct shell *shell;
	struct str text;
	cJSON *object;
};

/* value NULL: it is unset. */
static struct err *env_line(struct answer *a, const char *name, const char *value)
{
	if (a->app->json)
		json_set(a->object, name, value ? cJSON_CreateString(value) : cJSON_CreateNull());
	else if (value)
		return shell_add_set(&a->text, a->shell, name, value);
	else
		shell_add_unset(&a->text, a->shell, name);
	return NULL;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* docker-machine's choice first. Docker's clients look at the one in capitals alone when that is set. */
static size_t no_proxy_names(const char *names[2])
{
	size_t n = 0;

	if (is_set("no_proxy"))
		names[n++] = "no_proxy";
	if (is_set("NO_PROXY") || !n)
		names[n++] = "NO_PROXY";
	return n;
}

/* The list with the address in it; the caller frees. */
static char *no_proxy_value(const char *name, const char *address)
{
	auto_list parts = { 0 };

	if (!is_set(name))
		return xstrdup(address);
	list_split(&parts, getenv(name), ',', false);
	for (size_t i = 0; i < parts.n; i++) {
		const char *part = parts.items[i] + strspn(parts.items[i], " ");
		size_t len = strcspn(part, " ");

		if (len == strlen(address) && strncmp(part, address, len) == 0)
			return xstrdup(getenv(name));
	}
	return xasprintf("%s,%s", getenv(name), address);
}

/* address NULL: unset. */
static struct err *env_no_proxy(struct answer *out, const char *address)
{
	const char *names[2];
	size_t n = no_proxy_names(names);

	for (size_t i = 0; i < n; i++) {
		auto_free char *value = address ? no_proxy_value(names[i], address) : NULL;

		TRY(env_line(out, names[i], value));
	}
	return NULL;
}

static struct err *env_unset(const struct opts *o, struct answer *out)
{
	static const char *const names[] = { "DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH",
					     "DOCKER_MACHINE_NAME" };

	if (o->args.n)
		return err_hint(err_new(ERR_FAILED, "Error: Expected no machine name when the -u flag is present"),
				"The variables are the same for all machines: machine env -u");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		TRY(env_line(out, names[i], NULL));
	return opts_flag(o, "no-proxy") ? env_no_proxy(out, NULL) : NULL;
}

static struct err *env_set(const struct app *app, const struct opts *o, struct answer *out)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };

	if (o->args.n > 1)
		return target_too_many();
	TRY(target_one(app, o, &m));
	TRY(err_wrap(connection_check(m, opts_flag(o, "swarm"), &end), "Error checking TLS connection"));
	TRY(env_line(out, "DOCKER_TLS_VERIFY", "1"));
	TRY(env_line(out, "DOCKER_HOST", end.url));
	TRY(env_line(out, "DOCKER_CERT_PATH", m->dir));
	TRY(env_line(out, "DOCKER_MACHINE_NAME", m->name));
	return opts_flag(o, "no-proxy") ? env_no_proxy(out, end.address) : NULL;
}

static struct err *env_run(struct app *app, const struct opts *o)
{
	auto_json *object = json_object();
	struct answer a = { app, shell_find(opts_str(o, "shell")), STR_INIT, object };
	struct err *e = opts_flag(o, "unset") ? env_unset(o, &a) : env_set(app, o, &a);

	if (!e && app->json)
		answer_json(stdout, TAKE(object));
	if (!e && !app->json) {
		shell_add_usage(&a.text, a.shell, app->argc, app->argv);
		ANSWER("%s", a.text.buf);
	}
	str_release(&a.text);
	return e;
}

const struct cmd cmd_env = {
	.name = "env",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Display the commands to set up the environment for the Docker client",
	.description = CMD_MACHINE,
	.opts = env_opts,
	.flags = CMD_QUIET_STDOUT,
	.run = env_run,
};
