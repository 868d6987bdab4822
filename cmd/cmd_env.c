/* SPDX-License-Identifier: Apache-2.0 */
/* env: the settings of a machine in the words of a shell. Every byte is docker-machine's (its faults left out). */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/commands.h"

struct shell {
	const char *name;	/* NULL: the one for every other name (bash, zsh, sh, ksh) */
	const char *set, *middle, *end;
	const char *unset, *unset_end;
	const char *comment;
	const char *hint;	/* %s is the command line */
};

static const struct shell shells[] = {
	{ "fish", "set -gx ", " \"", "\";\n", "set -e ", ";\n", "#", "eval (%s)" },
	{ "powershell", "$Env:", " = \"", "\"\n", "Remove-Item Env:\\", "\n", "#", "& %s | Invoke-Expression" },
	{ "cmd", "SET ", "=", "\n", "SET ", "=\n", "REM", "\t@FOR /f \"tokens=*\" %%i IN ('%s') DO @%%i" },
	{ "tcsh", "setenv ", " \"", "\";\n", "unsetenv ", ";\n", ":", "eval `%s`" },
	{ "emacs", "(setenv \"", "\" \"", "\")\n", "(setenv \"", "\" nil)\n", ";;",
	  "(with-temp-buffer (shell-command \"%s\" (current-buffer)) (eval-buffer))" },
	{ NULL, "export ", "=\"", "\"\n", "unset ", "\n", "#", "eval $(%s)" },
};

static const struct opt env_opts[] = {
	{ "swarm", NULL, OPT_FLAG, NULL, NULL, "Display the Swarm config instead of the Docker daemon" },
	{ "shell", NULL, OPT_STRING, NULL, NULL,
	  "Force environment to be configured for a specified shell: [fish, cmd, powershell, tcsh, emacs], default is auto-detect" },
	{ "unset", "u", OPT_FLAG, NULL, NULL, "Unset variables instead of setting them" },
	{ "no-proxy", NULL, OPT_FLAG, NULL, NULL, "Add machine IP to NO_PROXY environment variable" },
	{ 0 }
};

static const struct shell *shell_find(const char *wanted)
{
	const char *env = getenv("SHELL");
	const char *slash;
	const char *name = wanted;

	if (!*name)
		name = env ? env : "";	/* without $SHELL a POSIX shell is the best guess, and evaluates */
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (!shells[i].name || str_eq(shells[i].name, name))
			return &shells[i];
	return NULL;
}

/* What env answers with: text of a shell, or an object with a member for each variable (null: to be unset). */
struct answer {
	const struct app *app;
	const struct shell *shell;
	struct str text;
	cJSON *object;
};

static void env_line(struct answer *a, const char *name, const char *value)
{
	const struct shell *s = a->shell;

	if (a->app->json)
		json_set(a->object, name, value ? cJSON_CreateString(value) : cJSON_CreateNull());
	else if (value)
		str_addf(&a->text, "%s%s%s%s%s", s->set, name, s->middle, value, s->end);
	else
		str_addf(&a->text, "%s%s%s", s->unset, name, s->unset_end);
}

static void env_hint(struct answer *a)
{
	const struct app *app = a->app;
	const struct shell *s = a->shell;
	struct str *out = &a->text;
	auto_str line = STR_INIT;
	const char *at = strstr(s->hint, "%s");

	for (int i = 0; i < app->argc; i++) {
		bool quote = i == 0 && strpbrk(app->argv[i], " \\");
		str_addf(&line, quote ? "\"%s\"" : "%s", app->argv[i]);
		if (i + 1 < app->argc)
			str_add(&line, " ");
	}
	str_addf(out, "%s Run this command to configure your shell: \n%s ", s->comment, s->comment);
	for (const char *p = s->hint; *p; p++) {
		if (p == at) {
			str_add(out, line.buf);
			p++;
		} else if (p[0] == '%' && p[1] == '%') {
			str_add_char(out, *p++);
		} else {
			str_add_char(out, *p);
		}
	}
	str_add_char(out, '\n');
}

static const char *no_proxy_name(void)
{
	const char *lower = getenv("no_proxy");
	return lower && *lower ? "no_proxy" : "NO_PROXY";
}

/* The list with the address in it; the caller frees. */
static char *no_proxy_value(const char *address)
{
	const char *old = getenv(no_proxy_name());

	if (!old || !*old)
		return xstrdup(address);
	return strstr(old, address) ? xstrdup(old) : xasprintf("%s,%s", old, address);
}

static struct err *env_unset(const struct app *app, const struct opts *o, struct answer *out)
{
	static const char *const names[] = { "DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME" };

	if (o->args.n)
		return err_hint(err_new(ERR_FAILED, "Error: Expected no machine name when the -u flag is present"),
				"The variables are the same for all machines: %s env -u", app->argv0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		env_line(out, names[i], NULL);
	if (opts_flag(o, "no-proxy"))
		env_line(out, no_proxy_name(), NULL);
	env_hint(out);
	return NULL;
}

static struct err *env_set(const struct app *app, const struct opts *o, struct answer *out)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };

	if (o->args.n > 1)
		return target_too_many();
	TRY(target_one(app, o, &m));
	TRY(err_wrap(connection_check(m, opts_flag(o, "swarm"), &end), "Error checking TLS connection"));
	env_line(out, "DOCKER_TLS_VERIFY", "1");
	env_line(out, "DOCKER_HOST", end.url);
	env_line(out, "DOCKER_CERT_PATH", m->dir);
	env_line(out, "DOCKER_MACHINE_NAME", m->name);
	if (opts_flag(o, "no-proxy")) {
		auto_free char *value = no_proxy_value(end.address);
		env_line(out, no_proxy_name(), value);
	}
	env_hint(out);
	return NULL;
}

static struct err *env_run(struct app *app, const struct opts *o)
{
	auto_json *object = cJSON_CreateObject();
	struct answer a = { app, shell_find(opts_str(o, "shell")), STR_INIT, object };
	struct err *e = opts_flag(o, "unset") ? env_unset(app, o, &a) : env_set(app, o, &a);

	if (!e && app->json)
		answer_json(stdout, TAKE(object));
	else if (!e)
		ANSWER("%s", a.text.buf);
	str_release(&a.text);
	return e;
}

const struct cmd cmd_env = {
	.name = "env",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Display the commands to set up the environment for the Docker client",
	.description = "Argument is a machine name.",
	.opts = env_opts,
	.flags = CMD_QUIET_STDOUT,
	.run = env_run,
};
