/* SPDX-License-Identifier: Apache-2.0 */
#include "provision/boot2docker.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define TRY_MS 30000
#define SCRIPT_MS 120000
#define ROOT_SHELL "sudo sh -e" /* it reads its commands from the connection */

#define HOME "/var/lib/boot2docker"
#define END "end-of-machine-file"

/* It stands in a line, and in single or double quotes. */
static struct err *profile_check(const char *text)
{
	if (!strpbrk(text, "\n\r'\"\\`$"))
		return NULL;
	return err_new(ERR_USAGE,
		       "'%s' cannot be told to boot2docker: quotes, backslashes, dollars and line ends do not pass",
		       text);
}

static struct err *profile_flags(struct str *s, const cJSON *engine, const char *member, const char *before)
{
	auto_list values = { 0 };

	json_strings(engine, member, &values);
	for (size_t i = 0; i < values.n; i++) {
		TRY(profile_check(values.items[i]));
		str_addf(s, "--%s%s\n", before, values.items[i]);
	}
	return NULL;
}

static struct err *profile_env(struct str *s, const cJSON *engine)
{
	auto_list values = { 0 };

	json_strings(engine, "Env", &values);
	for (size_t i = 0; i < values.n; i++) {
		TRY(profile_check(values.items[i]));
		str_addf(s, "export \"%s\"\n", values.items[i]);
	}
	return NULL;
}

static struct err *profile_text(const struct boot2docker *b, struct str *s)
{
	const char *storage = json_str_or(b->engine, "StorageDriver", "");

	TRY(profile_check(storage));
	str_add(s, "\nEXTRA_ARGS='\n");
	TRY(profile_flags(s, b->engine, "Labels", "label "));
	str_addf(s, "--label provider=%s\n", b->provider);
	TRY(profile_flags(s, b->engine, "InsecureRegistry", "insecure-registry "));
	TRY(profile_flags(s, b->engine, "RegistryMirror", "registry-mirror "));
	TRY(profile_flags(s, b->engine, "ArbitraryFlags", ""));
	str_add(s, "\n'\nCACERT=" HOME "/ca.pem\nDOCKER_HOST='-H tcp://0.0.0.0:2376'\n");
	str_addf(s, "DOCKER_STORAGE=%s\n", *storage ? storage : "overlay2");
	str_add(s, "DOCKER_TLS=auto\nSERVERKEY=" HOME "/server-key.pem\nSERVERCERT=" HOME "/server.pem\n\n");
	return profile_env(s, b->engine);
}

/* mode as chmod takes it. No text of ours has a line that ends the document. */
static void script_file(struct str *s, const char *name, const char *mode, const char *text)
{
	size_t len = strlen(text);

	str_addf(s, "cat >" HOME "/%s <<'" END "'\n%s%s" END "\nchmod %s " HOME "/%s\n", name, text,
		 len && text[len - 1] == '\n' ? "" : "\n", mode, name);
}

struct err *boot2docker_script(const struct boot2docker *b, struct str *ret)
{
	auto_str profile = STR_INIT;

	TRY(profile_text(b, &profile));
	str_add(ret, "umask 077\nmkdir -p " HOME "/etc\n");
	str_addf(ret, "if [ -x /usr/bin/sethostname ]; then /usr/bin/sethostname %s; else hostname %s; fi\n", b->name,
		 b->name);
	script_file(ret, "etc/hostname", "644", b->name);
	str_add(ret, "/etc/init.d/docker stop || true\n");
	script_file(ret, "ca.pem", "644", b->ca);
	script_file(ret, "server.pem", "644", b->cert);
	script_file(ret, "server-key.pem", "600", b->key);
	script_file(ret, "profile", "644", profile.buf);
	str_add(ret, "/etc/init.d/docker start\n");
	return NULL;
}

struct login {
	struct remote *host;
	struct err *last;
};

static struct err *login_step(void *data, bool *done)
{
	static const char nothing[] = "exit 0\n";
	struct login *l = data;
	auto_remote_run run = { REMOTE_RUN_INIT, .command = ROOT_SHELL, .input = nothing,
				.input_len = sizeof(nothing) - 1, .timeout_ms = TRY_MS };
	struct err *e = remote_run(l->host, &run);

	*done = !e;
	if (e && (e->code == ERR_INTERRUPTED || e->code == ERR_NOT_FOUND))
		return e;
	err_free(l->last);
	l->last = e;
	return NULL;
}

struct err *boot2docker_set_up(struct remote *host, const struct str *script, struct deadline d,
			       void (*say)(void *data, const char *line), void *data)
{
	struct login l = { .host = host };
	auto_remote_run run = { REMOTE_RUN_INIT, .command = ROOT_SHELL, .input = script->buf, .input_len = script->len,
				.timeout_ms = SCRIPT_MS };
	struct err *e;

	say(data, "Waiting for SSH to be available...");
	e = retry_until(d, 500, "the machine's SSH", login_step, &l);
	TRY(retry_reason(e, l.last));
	say(data, "Provisioning with boot2docker...");
	return err_wrap(remote_run(host, &run), "cannot set the machine up over SSH");
}
