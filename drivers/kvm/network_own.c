/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/network_own.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/kvm/xml.h"

#define NETWORK_ROUTES 256
/* A route that covers half a continent (a VPN's 10.0.0.0/8) says nothing of a network in it. */
#define ROUTE_WIDE 13	/* from here on it is in the way of a network of ours */
#define ROUTE_NARROW 16 /* from here on, through a router, it leads to a hypervisor's network */

struct err *network_lookup(virConnectPtr conn, const char *name, virNetworkPtr *ret)
{
	*ret = virt.virNetworkLookupByName(conn, name);
	if (!*ret && virt_last_code() != VIR_ERR_NO_NETWORK)
		return virt_error("cannot look for network '%s'", name);
	return NULL;
}

struct err *network_xml(virNetworkPtr net, char **ret)
{
	*ret = virt.virNetworkGetXMLDesc(net, 0);
	return *ret ? NULL : virt_error("cannot ask for a network");
}

struct err *network_facts(virNetworkPtr net, struct network_facts *ret)
{
	auto_free char *xml = NULL;

	TRY(network_xml(net, &xml));
	return network_facts_parse(xml, ret);
}

struct ranges {
	struct subnet list[NETWORK_ROUTES * 2];
	size_t n;
};

/* This host's routes: also for a hypervisor elsewhere, so that its network could be routed here. */
static void ranges_add_routes(struct ranges *r, bool routed)
{
	auto_free char *table = NULL;
	auto_err *e = fs_read("/proc/net/route", 1 << 20, &table, NULL);

	if (!e)
		r->n += subnet_routes(table, routed, r->list + r->n, NETWORK_ROUTES);
}

static struct err *ranges_add_networks(virConnectPtr conn, struct ranges *r)
{
	virNetworkPtr *all = NULL;
	int n = virt.virConnectListAllNetworks(conn, &all, 0);

	if (n < 0)
		return virt_error("cannot list the networks");
	for (int i = 0; i < n; i++) {
		auto_facts f = { 0 };
		auto_err *e = network_facts(all[i], &f);

		if (!e && f.subnet.prefix && r->n < ARRAY_SIZE(r->list))
			r->list[r->n++] = f.subnet;
		virt.virNetworkFree(all[i]);
	}
	free(all);
	return NULL;
}

static bool ranges_are_clear(const struct ranges *r, const struct subnet *s)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->list[i].prefix >= ROUTE_WIDE && subnet_overlap(&r->list[i], s))
			return false;
	return true;
}

bool network_is_clash(const struct err *e)
{
	auto_free char *text = err_text(e);

	return strstr(text, "already in use by interface");
}

/*
 * Define and start it on one range. *ret_clash: an interface there uses the range, which only the start finds out. When
 * another client was first, its network is found by the next look.
 */
static struct err *network_make_on(virConnectPtr conn, const char *name, const struct subnet *s, bool isolated,
				   bool *ret_clash)
{
	auto_free char *xml = kvm_xml_network(name, s, isolated), *text = subnet_text(s);
	auto_network net = NULL;

	*ret_clash = false;
	log_debug("making network '%s' on %s", name, text);
	net = virt.virNetworkDefineXML(conn, xml);
	if (!net)
		return virt_error("cannot make network '%s'", name);
	if (virt.virNetworkIsActive(net) == 1 || virt.virNetworkCreate(net) == 0)
		return NULL;
	struct err *e = virt_error("cannot start network '%s'", name);
	if (virt.virNetworkIsActive(net) == 1) {
		err_free(e);
		return NULL;
	}
	virt.virNetworkUndefine(net);
	*ret_clash = network_is_clash(e);
	if (!*ret_clash)
		return e;
	err_free(e);
	return NULL;
}

struct err *network_make_own(const struct driver_env *env, virConnectPtr conn, const char *name,
			     const struct kvm_config *c)
{
	struct ranges r = { .n = 0 };
	struct subnet s;
	bool clash = true;

	if (*c->subnet && subnet_parse(c->subnet, &s))
		TRY(network_make_on(conn, name, &s, c->isolated, &clash));
	if (!clash)
		return NULL;
	ranges_add_routes(&r, false);
	TRY(ranges_add_networks(conn, &r));
	for (unsigned i = 0; clash && subnet_candidate(i, &s); i++)
		if (ranges_are_clear(&r, &s))
			TRY(network_make_on(conn, name, &s, c->isolated, &clash));
	if (clash)
		return err_hint(err_new(ERR_FAILED,
					"found no address range for a network of our own: all that we try are used"),
				"Name a network: --kvm-network NAME (virsh -c '%s' net-list --all)", c->uri);
	auto_free char *text = subnet_text(&s);
	auto_free char *line = xasprintf("Made network '%s' (%s); it goes with its last machine.", name, text);
	env->report(env->data, line);
	return NULL;
}

bool network_is_routed_here(const char *address)
{
	struct ranges r = { .n = 0 };
	uint32_t a;

	ranges_add_routes(&r, true);
	if (!subnet_address_parse(address, &a))
		return false;
	for (size_t i = 0; i < r.n; i++)
		if (r.list[i].prefix >= ROUTE_NARROW && subnet_has(&r.list[i], a))
			return true;
	return false;
}
