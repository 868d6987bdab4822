/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/net/user_net.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/vm/names.h"
#include "guest/contract.h"

#define ROUTES_MAX 512
#define ROUTES_BYTES ((size_t)1 << 20)
/* Gateway, name server and guest lie at these places of the network, as in QEMU's own. */
#define AT_GATEWAY 2
#define AT_DNS 3
#define AT_GUEST 15

static void user_net_text(char *to, size_t size, uint32_t address)
{
	auto_free char *text = subnet_address_text(address);

	snprintf(to, size, "%s", text);
}

static struct err *user_net_bad(const char *text, const char *why)
{
	return err_hint(err_new(ERR_USAGE, "'%s' %s", text, why), "For example: --qemu-subnet 10.160.47.0/24");
}

struct err *user_net_parse(const char *text, struct user_net *ret)
{
	const char *subnet = *text ? text : USER_NET;
	struct subnet s;

	if (!strchr(subnet, '/') || !subnet_parse(subnet, &s))
		return user_net_bad(subnet, "is no network: ADDRESS/PREFIX is meant");
	if (s.prefix < 8 || s.prefix > 27)
		return user_net_bad(subnet, "is too large or too small: a prefix from 8 to 27 is meant");
	if (s.base >> 24 == 0 || s.base >> 24 == 127 || s.base >> 24 >= 224)
		return user_net_bad(subnet, "is no network for hosts");
	user_net_text(ret->gateway, sizeof(ret->gateway), s.base + AT_GATEWAY);
	user_net_text(ret->dns, sizeof(ret->dns), s.base + AT_DNS);
	user_net_text(ret->address, sizeof(ret->address), s.base + AT_GUEST);
	ret->prefix = s.prefix;
	auto_free char *net = subnet_text(&s);
	snprintf(ret->net, sizeof(ret->net), "%s", net);
	return NULL;
}

struct user_net user_net_of(const char *subnet)
{
	struct user_net u = { "" };
	auto_err *bad = user_net_parse(subnet, &u);

	if (bad)
		IGNORE(user_net_parse(USER_NET, &u));
	return u;
}

/* Where this host gets to without its default route, and its name servers. */
static size_t user_net_taken(struct subnet *ret, size_t max)
{
	auto_free char *table = NULL;
	auto_resolver host = { { 0 } };
	auto_err *none = fs_read("/proc/net/route", ROUTES_BYTES, &table, NULL);
	size_t n = none ? 0 : subnet_routes(table, false, ret, max - RESOLVER_SERVERS);
	uint32_t address;

	resolver_host(&host);
	for (size_t i = 0; i < host.servers.n; i++)
		if (subnet_address_parse(host.servers.items[i], &address))
			ret[n++] = (struct subnet){ address, 32 };
	return n;
}

/* Larger ones are a default route in parts, as VPNs set them: they overlap whatever could be chosen. */
#define PREFIX_OF_A_NETWORK 8

static bool user_net_is_clear(const struct subnet *s, const struct subnet *taken, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (taken[i].prefix >= PREFIX_OF_A_NETWORK && subnet_overlap(s, &taken[i]))
			return false;
	return true;
}

bool user_net_is_taken(const char *subnet)
{
	struct subnet taken[ROUTES_MAX], s;
	size_t n = user_net_taken(taken, ROUTES_MAX);

	if (!subnet_parse(*subnet ? subnet : USER_NET, &s))
		return false;
	for (size_t i = 0; i < n; i++)
		if (taken[i].prefix >= s.prefix && subnet_overlap(&s, &taken[i]))
			return true;
	return false;
}

char *user_net_choose(void)
{
	struct subnet taken[ROUTES_MAX], s;
	size_t n = user_net_taken(taken, ROUTES_MAX);

	subnet_parse(USER_NET, &s);
	for (unsigned i = 0; !user_net_is_clear(&s, taken, n); i++)
		if (!subnet_candidate(i, &s))
			return xstrdup(USER_NET); /* this host is everywhere: there is no better one */
	return subnet_text(&s);
}

void user_net_option(struct str *s, const char *id, bool isolated, const struct user_net *u)
{
	str_addf(s, "user,id=%s,ipv6=off,net=%s,host=%s,dns=%s,dhcpstart=%s%s", id, u->net, u->gateway, u->dns,
		 u->address, isolated ? ",restrict=on" : "");
}

void user_net_forward(struct str *s, const char *proto, const char *address, int host_port, const struct user_net *u,
		      int guest_port)
{
	str_addf(s, ",hostfwd=%s:%s:%d-%s:%d", proto, address, host_port, u->address, guest_port);
}

void user_net_own_forwards(struct str *s, const char *address, const struct user_net *u)
{
	user_net_forward(s, "tcp", address, VM_ENGINE_PORT, u, GUEST_ENGINE_PORT);
	user_net_forward(s, "tcp", address, VM_LOOPBACK_SSH_PORT, u, GUEST_SSH_PORT);
}

void user_net_seed(cJSON *network, const char *mac, bool closed_to_host, const struct user_net *u,
		   const struct resolver *host)
{
	auto_list dns = { 0 }, closed = { 0 };
	auto_free char *address = xasprintf("%s/%d", u->address, u->prefix);

	list_add(&dns, u->dns);
	/* One on this host's loopback is reached through QEMU alone. */
	for (size_t i = 1; host && i < host->servers.n; i++)
		if (!str_starts(host->servers.items[i], "127."))
			list_add(&dns, host->servers.items[i]);
	if (closed_to_host)
		list_add(&closed, u->net);
	json_set_str(network, "mode", "static");
	json_set_str(network, "mac", mac);
	json_set_str(network, "address", address);
	json_set_str(network, "gateway", u->gateway);
	json_set_strings(network, "dns", &dns);
	if (host && host->search.n)
		json_set_strings(network, "search", &host->search);
	json_set_strings(network, "closed", &closed);
}
