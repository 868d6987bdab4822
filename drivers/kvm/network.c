/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/network.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/network_facts.h"
#include "drivers/kvm/network_own.h"
#include "drivers/kvm/xml.h"
#include "drivers/net/loopback.h"

#define NETWORK_LOCK_MS 60000
#define NETWORK_SETTLE_MS 20000 /* for clients on other hosts that make and remove the same network */

static bool network_is_own_name(const char *name)
{
	return str_eq(name, KVM_OWN_NETWORK) || str_eq(name, KVM_OWN_ISOLATED);
}

static struct err *network_none(const struct kvm_config *c, const char *name)
{
	return err_hint(
		err_new(ERR_NOT_FOUND, "libvirt has no network '%s'", name),
		"See which there are: virsh -c '%s' net-list --all. Leave --kvm-network out for one of our own.",
		c->uri);
}

static struct err *network_stopped(const struct kvm_config *c, const char *name)
{
	return err_hint(err_new(ERR_WRONG_STATE, "network '%s' does not run", name),
			"Start it: virsh -c '%s' net-start %s", c->uri, name);
}

struct err *network_check(virConnectPtr conn, const struct kvm_config *c)
{
	auto_free char *name = kvm_network_name(c);
	auto_network net = NULL;

	if (!name)
		return NULL;
	TRY(network_lookup(conn, name, &net));
	if (!net && !network_is_own_name(name))
		return network_none(c, name);
	if (net && !network_is_own_name(name) && virt.virNetworkIsActive(net) != 1)
		return network_stopped(c, name);
	return NULL;
}

struct preparing {
	const struct driver_env *env;
	virConnectPtr conn;
	struct kvm_config *c;
	char *name;
	virNetworkPtr net;
	struct err *last; /* why it is not done yet */
};

/* Our own network, running. Another client may remove it at any moment before our reservation is in it. */
static struct err *network_own(struct preparing *p)
{
	TRY(network_lookup(p->conn, p->name, &p->net));
	if (!p->net) {
		TRY(network_make_own(p->env, p->conn, p->name, p->c));
		TRY(network_lookup(p->conn, p->name, &p->net));
	}
	if (!p->net)
		return err_new(ERR_NOT_FOUND, "network '%s' has vanished", p->name);
	if (virt.virNetworkIsActive(p->net) == 1 || virt.virNetworkCreate(p->net) == 0)
		return NULL;
	struct err *e = virt_error("cannot start network '%s'", p->name); /* the next question forgets it */
	if (virt.virNetworkIsActive(p->net) == 1) {
		err_free(e);
		return NULL;
	}
	return err_hint(e,
			network_is_clash(e)
				? "Something there uses its range now. Remove the network when no machine needs it: "
				  "virsh -c '%s' net-undefine %s"
				: "See why: virsh -c '%s' net-start %s",
			p->c->uri, p->name);
}

/* --- reservations --- */

/* Leases that others hold: an address is not taken away from a guest that has it. */
static void network_leased(virNetworkPtr net, const char *mac, struct list *ret)
{
	virNetworkDHCPLeasePtr *leases = NULL;
	int n = virt.virNetworkGetDHCPLeases(net, NULL, &leases, 0);

	for (int i = 0; i < n; i++) {
		if (leases[i]->ipaddr && (!leases[i]->mac || strcasecmp(leases[i]->mac, mac) != 0))
			list_add(ret, leases[i]->ipaddr);
		virt.virNetworkDHCPLeaseFree(leases[i]);
	}
	free(leases);
}

static int network_update(virNetworkPtr net, unsigned command, const char *host)
{
	const unsigned live = VIR_NETWORK_UPDATE_AFFECT_LIVE, both = live | VIR_NETWORK_UPDATE_AFFECT_CONFIG;
	/* One that does not run has only the configuration. */
	unsigned flags = virt.virNetworkIsActive(net) == 1 ? both : VIR_NETWORK_UPDATE_AFFECT_CONFIG;
	int r = virt.virNetworkUpdate(net, command, VIR_NETWORK_SECTION_IP_DHCP_HOST, -1, host, flags);
	virErrorPtr last = r < 0 ? virt.virGetLastError() : NULL;

	/* One that was never defined has no second configuration. */
	if (last && last->message && strstr(last->message, "transient"))
		r = virt.virNetworkUpdate(net, command, VIR_NETWORK_SECTION_IP_DHCP_HOST, -1, host, live);
	return r;
}

static bool network_is_free(const struct network_facts *f, const struct list *leased, uint32_t a, const char *text)
{
	return a != f->gateway && !list_has(&f->addresses, text) && !list_has(leased, text);
}

/* libvirt refuses a second reservation of a MAC, name or address, so that of two clients one wins. */
static struct err *network_reserve_one(struct preparing *p, const struct network_facts *f, const char *address,
				       bool *ret)
{
	const char *name = p->env->name;
	/* A host name, where nobody has it yet. */
	bool named = strlen(name) < 64 && !list_has(&f->names, name);
	auto_free char *host = kvm_xml_reservation(p->c->mac, named ? name : NULL, address);

	log_debug("reserving %s in network '%s'", address, p->name);
	*ret = network_update(p->net, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, host) == 0;
	if (*ret)
		return NULL;
	bool taken = virt_last_code() == VIR_ERR_OPERATION_INVALID;
	struct err *e = virt_error("cannot reserve %s in network '%s'", address, p->name);
	if (!taken || virt.virNetworkIsActive(p->net) != 1)
		return e;
	err_free(e);
	return NULL;
}

static struct err *network_reserve(struct preparing *p, const struct network_facts *f, char **ret)
{
	uint32_t all = subnet_hosts(&f->subnet), start, wish = 0;
	auto_list leased = { 0 };
	bool done = false;

	network_leased(p->net, p->c->mac, &leased);
	start = all ? (uint32_t)(loopback_hash(p->env->store, p->env->name) % all) : 0;
	/* The same again after the reservation was lost. */
	if (subnet_address_parse(p->c->guest_address, &wish) && subnet_has(&f->subnet, wish))
		start = wish - f->subnet.base - 1;
	for (uint32_t i = 0; i < all && i < 65536 && !done; i++) {
		uint32_t a = subnet_host(&f->subnet, (start + i) % all);
		auto_free char *text = subnet_address_text(a);

		if (!network_is_free(f, &leased, a, text))
			continue;
		TRY(network_reserve_one(p, f, text, &done));
		if (done)
			*ret = TAKE(text);
	}
	if (done)
		return NULL;
	auto_free char *range = subnet_text(&f->subnet);
	return err_hint(err_new(ERR_FAILED, "network '%s' has no free address in %s", p->name, range),
			"See who has them: virsh -c '%s' net-dumpxml %s", p->c->uri, p->name);
}

static struct err *network_settle(struct preparing *p)
{
	auto_free char *xml = NULL, *address = NULL;
	auto_facts f = { 0 };

	TRY(network_xml(p->net, &xml));
	TRY(network_facts_parse(xml, &f));
	p->c->routed = f.routed;
	if (p->c->isolated && f.forwards)
		return err_hint(
			err_new(ERR_FAILED, "network '%s' was made by somebody else and has a way out", p->name),
			"Remove it, or name an isolated one: --kvm-network NAME");
	if (!f.dhcp) {
		p->c->reserved = false;
		return NULL;
	}
	address = network_facts_reserved(xml, p->c->mac);
	if (!address)
		TRY(network_reserve(p, &f, &address));
	free(p->c->guest_address);
	p->c->guest_address = TAKE(address);
	p->c->reserved = true;
	if (network_is_own_name(p->name)) {
		free(p->c->subnet);
		p->c->subnet = subnet_text(&f.subnet);
	}
	return NULL;
}

static struct err *network_try(void *data, bool *done)
{
	struct preparing *p = data;
	struct err *e;

	virt_network_freep(&p->net);
	err_free(p->last);
	p->last = NULL;
	if (network_is_own_name(p->name)) {
		e = network_own(p);
	} else {
		e = network_lookup(p->conn, p->name, &p->net);
		if (!e && !p->net)
			return network_none(p->c, p->name);
		if (!e && virt.virNetworkIsActive(p->net) != 1)
			return network_stopped(p->c, p->name);
	}
	if (!e)
		e = network_settle(p);
	*done = !e;
	/* Others make and remove our network at the same time: then it is there already, or gone again. */
	if (e && network_is_own_name(p->name) && e->code != ERR_NETWORK && e->code != ERR_INTERRUPTED) {
		p->last = e;
		return NULL;
	}
	return e;
}

struct err *network_prepare(const struct driver_env *env, virConnectPtr conn, struct kvm_config *c)
{
	struct preparing p = { .env = env, .conn = conn, .c = c, .name = kvm_network_name(c) };
	auto_free char *name = p.name, *lock_path = kvm_lock_path(env, c, "network");
	auto_close int lock = -1;

	if (!name)
		return NULL;
	TRY(fs_mkdirs(env->state_dir, 0700));
	TRY(fs_lock(lock_path, NETWORK_LOCK_MS, &lock));
	struct err *e = retry_until(deadline_in(NETWORK_SETTLE_MS), 100, "libvirt's network", network_try, &p);
	virt_network_freep(&p.net);
	return retry_reason(e, p.last);
}

/* --- removal --- */

static struct err *network_is_used(virConnectPtr conn, const char *name, bool *ret)
{
	auto_free char *source = xasprintf("network='%s'", name);
	auto_str all = STR_INIT;

	TRY(domain_texts(conn, &all));
	*ret = strstr(all.buf, source);
	return NULL;
}

static struct err *network_remove_last(virConnectPtr conn, virNetworkPtr net, const char *name)
{
	auto_facts f = { 0 };
	bool used = false;

	TRY(network_facts(net, &f));
	if (!f.own || f.macs.n > 0)
		return NULL;
	struct err *unknown = network_is_used(conn, name, &used);
	if (unknown && unknown->code == ERR_NETWORK)
		return unknown;
	used = used || unknown;
	err_free(unknown);
	if (used)
		return NULL;
	log_debug("removing network '%s'", name);
	if (virt.virNetworkIsActive(net) == 1 && virt.virNetworkDestroy(net) < 0) {
		struct err *e = virt_error("cannot stop network '%s'", name);

		if (virt.virNetworkIsActive(net) == 1)
			return e;
		err_free(e);
	}
	if (virt.virNetworkUndefine(net) < 0 && virt_last_code() != VIR_ERR_NO_NETWORK)
		return virt_error("cannot remove network '%s'", name);
	return NULL;
}

struct err *network_release(const struct driver_env *env, virConnectPtr conn, const struct kvm_config *c)
{
	auto_free char *name = kvm_network_name(c), *lock_path = kvm_lock_path(env, c, "network");
	auto_free char *xml = NULL, *address = NULL, *host = NULL;
	auto_close int lock = -1;
	auto_network net = NULL;

	if (!name)
		return NULL;
	TRY(fs_mkdirs(env->state_dir, 0700));
	TRY(fs_lock(lock_path, NETWORK_LOCK_MS, &lock));
	TRY(network_lookup(conn, name, &net));
	if (!net)
		return NULL;
	TRY(network_xml(net, &xml));
	address = network_facts_reserved(xml, c->mac);
	if (address) {
		host = kvm_xml_reservation(c->mac, NULL, address);
		if (network_update(net, VIR_NETWORK_UPDATE_COMMAND_DELETE, host) < 0)
			return virt_error("cannot drop the reservation of %s in network '%s'", address, name);
	}
	return network_is_own_name(name) ? network_remove_last(conn, net, name) : NULL;
}
