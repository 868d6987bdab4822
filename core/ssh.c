/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ssh.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/proc.h"
#include "core/identity.h"
#include "provision/boot2docker.h"

#define TRY_MS 30000
#define SCRIPT_MS 120000

/*
 * Of ssh_config(5): blanks in a value, its per cent signs, which stand for something there, quotes and backslashes (argv_split
 * of OpenSSH's misc.c, since 8.7).
 */
static char *ssh_quoted(const char *path)
{
	auto_str s = STR_INIT;

	str_add_char(&s, '"');
	for (const char *p = path; *p; p++) {
		if (*p == '%')
			str_add_char(&s, '%');
		else if (*p == '"' || *p == '\\' || *p == '\'')
			str_add_char(&s, '\\');
		str_add_char(&s, *p);
	}
	str_add_char(&s, '"');
	return str_detach(&s);
}

/* "Keyword value" of ssh_config(5), each. Where no key was pinned by a seed the first one that is seen is. */
static void ssh_options(const struct machine *m, const struct driver_endpoint *end, bool trust_new, struct list *ret)
{
	auto_free char *key = fs_join(m->dir, IDENTITY_SSH_KEY), *known = fs_join(m->dir, IDENTITY_KNOWN_HOSTS);
	auto_free char *key_text = ssh_quoted(key), *known_text = ssh_quoted(known);

	list_addf(ret, "Port %d", end->ssh_port);
	list_addf(ret, "User %s", end->ssh_user);
	list_addf(ret, "IdentityFile %s", key_text);
	list_add(ret, "IdentitiesOnly yes");
	list_addf(ret, "UserKnownHostsFile %s", known_text);
	list_add(ret, "GlobalKnownHostsFile /dev/null");
	list_addf(ret, "StrictHostKeyChecking %s", trust_new || !fs_exists(known) ? "accept-new" : "yes");
	list_add(ret, "UpdateHostKeys no");
	list_add(ret, "HashKnownHosts no");
	list_add(ret, "PasswordAuthentication no");
	list_add(ret, "ControlMaster no");
	list_add(ret, "ControlPath none");
	list_add(ret, "ConnectTimeout 10");
	list_add(ret, "ServerAliveInterval 60");
	list_add(ret, "LogLevel ERROR");
}

void ssh_args(const struct machine *m, const struct driver_endpoint *end, bool trust_new, struct list *argv)
{
	auto_list options = { 0 };

	ssh_options(m, end, trust_new, &options);
	list_add(argv, "ssh");
	list_add(argv, "-F");
	list_add(argv, "/dev/null");
	for (size_t i = 0; i < options.n; i++)
		list_addf(argv, "-o%s", options.items[i]);
	list_add(argv, end->ssh_host);
}

void ssh_config(const struct machine *m, const struct driver_endpoint *end, struct str *ret)
{
	auto_list options = { 0 };

	ssh_options(m, end, false, &options);
	str_addf(ret, "Host %s\n  HostName %s\n", m->name, end->ssh_host);
	for (size_t i = 0; i < options.n; i++)
		str_addf(ret, "  %s\n", options.items[i]);
}

/* OpenSSH puts variables of the environment in the place of ${NAME}, and has no word for the signs themselves. */
static struct err *ssh_check_path(const struct machine *m)
{
	if (!strstr(m->dir, "${") && !strpbrk(m->dir, "\n\r"))
		return NULL;
	return err_hint(
		err_new(ERR_UNSUPPORTED,
			"OpenSSH's configuration cannot name the store '%s': it has ${ or a line's end in it",
			m->core->store),
		"Give the store another name: ln -s '%s' /tmp/store && machine --storage-path /tmp/store ssh %s",
		m->core->store, m->name);
}

/* OpenSSH wants an entry for whoever calls it, and says so in words of its own that help nobody. */
struct err *ssh_check_user(void)
{
	struct passwd entry, *found = NULL;
	auto_free char *buf = xcalloc(1, 16384);
	unsigned uid = (unsigned)getuid(), gid = (unsigned)getgid();

	if (getpwuid_r(uid, &entry, buf, 16384, &found) != 0 || found)
		return NULL;
	return err_hint(
		err_new(ERR_NOT_FOUND, "user %u has no entry in the password database, which OpenSSH needs", uid),
		"Have one added: echo 'user%u:x:%u:%u::%s:/bin/sh' | sudo tee -a /etc/passwd", uid, uid, gid,
		getenv("HOME") ? getenv("HOME") : "/");
}

/* One whose boot goes on or failed may well answer SSH, which is there before the engine: that is where one looks for why. */
static struct err *ssh_is_on(struct machine *m)
{
	enum machine_state s = STATE_NONE;

	TRY(machine_need_driver(m));
	auto_err *unknown = m->ops->state(m->self, &s);
	return !unknown && (s == STATE_STARTING || s == STATE_ERROR) ? NULL : machine_require_running(m);
}

struct err *ssh_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(ssh_is_on(m));
	TRY(machine_endpoint(m, ret));
	TRY(ssh_check_path(m));
	if (ret->ssh_host && !(m->ops->caps & DRIVER_NO_SSH))
		return NULL;
	return err_new(ERR_UNSUPPORTED, "machine '%s' has no SSH server that we know of", m->name);
}

/* A shell as root that reads its commands from the connection. */
static struct err *ssh_script(const struct machine *m, const struct driver_endpoint *end, const struct str *script,
			      int timeout_ms)
{
	auto_list argv = { 0 };

	ssh_args(m, end, true, &argv);
	list_add(&argv, "sudo sh -e");
	auto_proc p = { PROC_INIT,
			.argv = (const char *const *)argv.items,
			.timeout_ms = timeout_ms,
			.input = script->buf,
			.input_len = script->len,
			.missing_package = "openssh-client" };
	return proc_run(&p);
}

struct login {
	const struct machine *m;
	struct driver_endpoint end;
	struct err *last;
};

static struct err *login_step(void *data, bool *done)
{
	static const struct str nothing = { (char *)"exit 0\n", 7, 0 };
	struct login *l = data;
	struct err *e = ssh_script(l->m, &l->end, &nothing, TRY_MS);

	*done = !e;
	if (e && (e->code == ERR_INTERRUPTED || e->code == ERR_NOT_FOUND))
		return e;
	err_free(l->last);
	l->last = e;
	return NULL;
}

static struct err *provision_read(const struct machine *m, const char *name, char **ret)
{
	auto_free char *path = fs_join(m->dir, name);

	return fs_read(path, 1 << 20, ret, NULL);
}

static struct err *provision_script(const struct machine *m, struct str *ret)
{
	auto_free char *ca = NULL, *cert = NULL;
	auto_secret char *key = NULL;

	TRY(provision_read(m, "ca.pem", &ca));
	TRY(provision_read(m, "server.pem", &cert));
	TRY(provision_read(m, "server-key.pem", &key));
	const struct boot2docker b = {
		m->name, ca, cert, key, m->ops->name, json_get_or_null(m->record, "HostOptions.EngineOptions")
	};
	return boot2docker_script(&b, ret);
}

struct err *ssh_provision(struct machine *m, struct deadline d)
{
	auto_free char *known = fs_join(m->dir, IDENTITY_KNOWN_HOSTS);
	struct login l = { .m = m };
	auto_str script = STR_INIT;
	struct err *e;

	TRY(ssh_check_user());
	TRY(ssh_check_path(m));
	TRY(provision_script(m, &script));
	TRY(m->ops->endpoint(m->self, &l.end));
	unlink(known); /* of the key that a seed would have brought */
	core_say(m->core, SAY_LINE, NULL, "Waiting for SSH to be available...");
	e = retry_until(d, 500, "the machine's SSH", login_step, &l);
	e = retry_reason(e, l.last);
	if (!e) {
		core_say(m->core, SAY_LINE, NULL, "Provisioning with boot2docker...");
		e = err_wrap(ssh_script(m, &l.end, &script, SCRIPT_MS), "cannot set the machine up over SSH");
	}
	mem_wipe(script.buf, script.len);
	driver_endpoint_release(&l.end);
	return e;
}
