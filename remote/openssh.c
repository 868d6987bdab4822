/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/openssh.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"

/*
 * Of ssh_config(5): blanks in a value, its per cent signs, which stand for something there, quotes and backslashes (argv_split
 * of OpenSSH's misc.c, since 8.7).
 */
static char *openssh_quoted(const char *path)
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

/* "Keyword value" of ssh_config(5), each. */
static void openssh_options(const struct remote_place *place, struct list *ret)
{
	auto_free char *key = openssh_quoted(place->key), *known = openssh_quoted(place->known_hosts);
	bool pinned = !place->trust_new && fs_exists(place->known_hosts);

	list_addf(ret, "Port %d", place->port);
	list_addf(ret, "User %s", place->user);
	list_addf(ret, "IdentityFile %s", key);
	list_add(ret, "IdentitiesOnly yes");
	list_addf(ret, "UserKnownHostsFile %s", known);
	list_add(ret, "GlobalKnownHostsFile /dev/null");
	list_addf(ret, "StrictHostKeyChecking %s", pinned ? "yes" : "accept-new");
	list_add(ret, "UpdateHostKeys no");
	list_add(ret, "HashKnownHosts no");
	list_add(ret, "PasswordAuthentication no");
	list_add(ret, "ControlMaster no");
	list_add(ret, "ControlPath none");
	list_add(ret, "ConnectTimeout 10");
	list_add(ret, "ServerAliveInterval 60");
	list_add(ret, "LogLevel ERROR");
}

void openssh_args(const struct remote_place *place, struct list *argv)
{
	auto_list options = { 0 };

	openssh_options(place, &options);
	list_add(argv, "ssh");
	list_add(argv, "-F");
	list_add(argv, "/dev/null");
	for (size_t i = 0; i < options.n; i++)
		list_addf(argv, "-o%s", options.items[i]);
	list_add(argv, place->host);
}

void openssh_config(const struct remote_place *place, const char *name, struct str *ret)
{
	auto_list options = { 0 };

	openssh_options(place, &options);
	str_addf(ret, "Host %s\n  HostName %s\n", name, place->host);
	for (size_t i = 0; i < options.n; i++)
		str_addf(ret, "  %s\n", options.items[i]);
}

bool openssh_can_name(const char *path)
{
	return !strstr(path, "${") && !strpbrk(path, "\n\r");
}

/* OpenSSH wants an entry for whoever calls it, and says so in words of its own that help nobody. */
struct err *openssh_check_user(void)
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

void openssh_jump_args(const struct openssh_jump *jump, struct list *argv)
{
	list_add(argv, *jump->command ? jump->command : "ssh");
	list_add(argv, "-oBatchMode=yes");
	list_add(argv, "-oConnectTimeout=15");
	list_add(argv, "-oServerAliveInterval=5");
	list_add(argv, "-oServerAliveCountMax=3");
	if (*jump->key) {
		list_add(argv, "-i");
		list_add(argv, jump->key);
	}
	if (*jump->known_hosts)
		list_addf(argv, "-oUserKnownHostsFile=%s", jump->known_hosts);
	if (jump->port) {
		list_add(argv, "-p");
		list_addf(argv, "%d", jump->port);
	}
}

/* A copy of a place. */
struct openssh {
	char *host, *user, *key, *known_hosts;
	struct remote_place place;
};

static struct err *openssh_open(const struct remote_place *place, void **ret_self)
{
	struct openssh *s = xcalloc(1, sizeof(*s));

	s->host = xstrdup(place->host);
	s->user = xstrdup(place->user);
	s->key = xstrdup(place->key);
	s->known_hosts = xstrdup(place->known_hosts);
	s->place = (struct remote_place){ .host = s->host,
					  .port = place->port,
					  .user = s->user,
					  .key = s->key,
					  .known_hosts = s->known_hosts,
					  .trust_new = place->trust_new };
	*ret_self = s;
	return NULL;
}

static struct err *openssh_run(void *self, struct remote_run *r)
{
	const struct openssh *s = self;
	auto_list argv = { 0 };
	struct err *e;

	openssh_args(&s->place, &argv);
	list_add(&argv, r->command);
	auto_proc p = { PROC_INIT,
			.argv = (const char *const *)argv.items,
			.timeout_ms = r->timeout_ms,
			.input = r->input,
			.input_len = r->input_len,
			.max_output = r->max_output,
			.any_status = r->any_status,
			.missing_package = "openssh-client" };
	e = proc_run(&p);
	remote_run_release(r);
	r->status = p.status;
	r->out = p.out;
	r->errout = p.errout;
	p.out = p.errout = (struct str)STR_INIT;
	return e;
}

static void openssh_close(void *self)
{
	struct openssh *s = self;

	free(s->host);
	free(s->user);
	free(s->key);
	free(s->known_hosts);
	free(s);
}

const struct remote_ops remote_openssh = {
	.name = "openssh", .open = openssh_open, .run = openssh_run, .close = openssh_close
};
