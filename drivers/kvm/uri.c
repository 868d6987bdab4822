/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/uri.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "remote/openssh.h"

#define URI_EXAMPLE "Examples: --kvm-uri " KVM_URI_SYSTEM ", --kvm-uri qemu+ssh://root@HOST/system"

void kvm_uri_release(struct kvm_uri *u)
{
	free(u->transport);
	free(u->user);
	free(u->host);
	free(u->keyfile);
	free(u->known_hosts);
	free(u->command);
	memset(u, 0, sizeof(*u));
}

/* "%41" is "A" (RFC 3986, 2.1); what is no such triple stays. */
static char *uri_decode(const char *text, size_t n)
{
	auto_str out = STR_INIT;

	for (size_t i = 0; i < n; i++) {
		char hex[3] = { 0 }, *end;

		if (text[i] == '%' && i + 2 < n) {
			memcpy(hex, text + i + 1, 2);
			long c = strtol(hex, &end, 16);
			if (end == hex + 2 && c > 0) {
				str_add_char(&out, (char)c);
				i += 2;
				continue;
			}
		}
		str_add_char(&out, text[i]);
	}
	return str_detach(&out);
}

/* Host names, addresses and user names, none of which a program could take for an option. */
static bool uri_is_name(const char *text)
{
	return *text && *text != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%") == strlen(text);
}

static bool uri_port(const char *text, int *ret)
{
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5 || atoi(text) < 1 ||
	    atoi(text) > 65535)
		return false;
	*ret = atoi(text);
	return true;
}

/* "[user@]host[:port]", the host perhaps an IPv6 address in brackets. */
static bool uri_authority(const char *text, size_t n, struct kvm_uri *u)
{
	auto_free char *all = xstrndup(text, n);
	char *host = all, *at = strrchr(all, '@'), *colon;

	if (at) {
		*at = 0;
		u->user = uri_decode(all, strlen(all));
		host = at + 1;
		if (!uri_is_name(u->user))
			return false;
	}
	if (*host == '[') {
		char *end = strchr(host, ']');

		if (!end || (end[1] && end[1] != ':'))
			return false;
		colon = end[1] ? end + 1 : NULL;
		*end = 0;
		host++;
	} else {
		colon = strchr(host, ':');
	}
	if (colon) {
		*colon = 0;
		if (!uri_port(colon + 1, &u->port))
			return false;
	}
	u->host = xstrdup(host);
	return !n || uri_is_name(host);
}

static void uri_parameters(const char *query, struct kvm_uri *u, bool *ret_no_verify)
{
	const struct {
		const char *name;
		char **slot;
	} known[] = { { "keyfile", &u->keyfile }, { "known_hosts", &u->known_hosts }, { "command", &u->command } };

	/* As libvirt reads them: "&" or ";" between, names decoded and of any case. */
	while (*query) {
		size_t n = strcspn(query, "&;"), equals = strcspn(query, "=&;");
		auto_free char *name = uri_decode(query, equals);
		auto_free char *value = uri_decode(query + equals + (equals < n), n - equals - (equals < n));

		if (strcasecmp(name, "no_verify") == 0 && !str_eq(value, "0"))
			*ret_no_verify = true;
		for (size_t k = 0; k < ARRAY_SIZE(known) && value; k++)
			if (strcasecmp(known[k].name, name) == 0 && !*known[k].slot)
				*known[k].slot = TAKE(value);
		query += n + (query[n] != 0);
	}
}

static struct err *uri_bad(const char *text, const char *why)
{
	return err_hint(err_new(ERR_USAGE, "libvirt URI '%s' %s", text, why), URI_EXAMPLE);
}

static void uri_default(char **slot)
{
	if (!*slot)
		*slot = xstrdup("");
}

struct err *kvm_uri_parse(const char *text, struct kvm_uri *ret)
{
	static const char *const transports[] = { "unix", "ssh", "libssh", "libssh2", "tls", "tcp" };
	const char *after = strstr(text, "://");
	auto_uri u = { 0 };
	bool known = false, no_verify = false;

	if (!after)
		return uri_bad(text, "is no URI");
	auto_free char *scheme = xstrndup(text, (size_t)(after - text));
	char *plus = strchr(scheme, '+');
	if (plus)
		*plus = 0;
	u.transport = xstrdup(plus ? plus + 1 : "");
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++)
		known = known || str_eq(u.transport, transports[i]);
	if (!str_eq(scheme, "qemu") && !str_eq(scheme, "test"))
		return uri_bad(text, "is not one of a QEMU hypervisor");
	if (plus && !known)
		return uri_bad(text,
			       "has a transport that is not known: ssh, libssh2, libssh, tls, tcp or unix is meant");
	after += 3;
	const char *path = after + strcspn(after, "/?");
	if (!uri_authority(after, (size_t)(path - after), &u))
		return uri_bad(text, "names no host that makes sense");
	const char *query = strchr(path, '?');
	auto_free char *where = xstrndup(path, query ? (size_t)(query - path) : strlen(path));
	u.session = str_eq(where, "/session");
	if (str_eq(scheme, "qemu") && !u.session && !str_eq(where, "/system"))
		return uri_bad(text, "does not end in /system or /session");
	if (query)
		uri_parameters(query + 1, &u, &no_verify);
	if (no_verify)
		return err_hint(err_new(ERR_USAGE,
					"libvirt URI '%s' switches off the check of the host's key (no_verify)", text),
				"Accept its key once, after comparing it: ssh %s", *u.host ? u.host : "HOST");
	uri_default(&u.user);
	uri_default(&u.host);
	uri_default(&u.keyfile);
	uri_default(&u.known_hosts);
	uri_default(&u.command);
	if (u.session && kvm_uri_is_remote(&u))
		return err_hint(err_new(ERR_USAGE,
					"libvirt URI '%s' is a session on another host, whose machines nobody "
					"else reaches",
					text),
				"Use its system instance: /system in place of /session.");
	*ret = u;
	u = (struct kvm_uri){ 0 };
	return NULL;
}

bool kvm_uri_is_remote(const struct kvm_uri *u)
{
	return *u->host;
}

bool kvm_uri_is_ssh(const struct kvm_uri *u)
{
	return *u->host &&
	       (str_eq(u->transport, "ssh") || str_eq(u->transport, "libssh") || str_eq(u->transport, "libssh2"));
}

void kvm_ssh_args(const struct kvm_uri *u, const char *jump, struct list *ret)
{
	auto_uri other = { 0 };
	int port = u->port;

	if (*jump && uri_authority(jump, strlen(jump), &other))
		port = other.port;
	else if (!kvm_uri_is_ssh(u)) /* that port is libvirt's */
		port = 0;
	const struct openssh_jump way = {
		.command = u->command, .key = u->keyfile, .known_hosts = u->known_hosts, .port = port
	};

	openssh_jump_args(&way, ret);
}

char *kvm_ssh_host(const struct kvm_uri *u, const char *jump)
{
	auto_uri other = { 0 };
	const char *user = u->user, *host = u->host;

	if (*jump && uri_authority(jump, strlen(jump), &other)) {
		user = other.user ? other.user : "";
		host = other.host;
	}
	return *user ? xasprintf("%s@%s", user, host) : xstrdup(host);
}

struct err *kvm_jump_check(const char *text)
{
	auto_uri u = { 0 };

	if (str_eq(text, KVM_JUMP_NONE))
		return NULL;
	if (*text && !uri_authority(text, strlen(text), &u))
		return err_hint(err_new(ERR_USAGE, "jump '%s' is not [USER@]HOST[:PORT]", text),
				"An example: --kvm-jump root@hypervisor.example");
	return NULL;
}
