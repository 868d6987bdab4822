/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/hostonly_net.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/net/reserve.h"
#include "drivers/virtualbox/hostonly.h"
#include "drivers/virtualbox/hostonly_made.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/output_lists.h"

#define LOCK "hostonly-make.lock" /* below state_dir */
#define LOCK_MS 60000
#define CANDIDATES 65536

/* --- checks --- */

static struct err *check_rules(const struct vbox *v, const struct hostonly *h)
{
	auto_free char *rules = NULL;

	if (vbox_version_compare(&v->version, 6, 1, 28) < 0)
		return NULL;
	IGNORE(fs_read(HOSTONLY_RULES, 65536, &rules, NULL));
	if (hostonly_is_allowed(rules, h->host))
		return NULL;
	auto_free char *net = subnet_text(&h->net);
	return err_hint(err_new(ERR_PRECHECK, "VirtualBox lets no host-only interface have the address of '%s' (%s)",
				v->config.hostonly_cidr, rules ? HOSTONLY_RULES : "192.168.56.0/21 alone is allowed"),
			"Take one that it allows (--virtualbox-hostonly-cidr 192.168.56.1/24), or allow this one: "
			"echo '* %s' | sudo tee -a " HOSTONLY_RULES,
			net);
}

/* An interface of somebody else's on the same range: answers would go astray. */
static struct err *check_clash(const struct vbox *v, const struct hostonly *h)
{
	struct ifaddrs *all = NULL;
	struct err *e = NULL;

	if (getifaddrs(&all) < 0)
		return NULL;
	for (struct ifaddrs *i = all; i && !e; i = i->ifa_next) {
		char address[INET_ADDRSTRLEN], mask[INET_ADDRSTRLEN];
		struct subnet net;

		if (!i->ifa_addr || !i->ifa_netmask || i->ifa_addr->sa_family != AF_INET ||
		    (i->ifa_flags & IFF_LOOPBACK) || str_starts(i->ifa_name, "vboxnet"))
			continue;
		inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, address, sizeof(address));
		inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)i->ifa_netmask)->sin_addr, mask, sizeof(mask));
		if (subnet_make(address, mask, NULL, &net) && subnet_overlap(&net, &h->net))
			e = err_hint(err_new(ERR_PRECHECK,
					     "host-only cidr '%s' conflicts with the network address of a host "
					     "interface, '%s'",
					     v->config.hostonly_cidr, i->ifa_name),
				     "Take another range: --virtualbox-hostonly-cidr 192.168.57.1/24");
	}
	freeifaddrs(all);
	return e;
}

struct err *hostonly_check(const struct vbox *v)
{
	struct hostonly h;

	TRY(hostonly_parse(v->config.hostonly_cidr, &h));
	TRY(check_rules(v, &h));
	return check_clash(v, &h);
}

/* --- finding --- */

/* Two interfaces on one range: answers would go astray. */
static struct err *find_clash(const struct hostonly *h, const struct vbox_hostonlyif *i)
{
	struct subnet net;

	if (!subnet_make(i->address, i->mask, NULL, &net) || !subnet_overlap(&net, &h->net))
		return NULL;
	return err_hint(err_new(ERR_PRECHECK, "VirtualBox's interface '%s' has the address %s of that range", i->name,
				i->address),
			"Use that network: --virtualbox-hostonly-cidr %s/%d", i->address, net.prefix);
}

/* The interface with that address and mask; NULL: none. The caller frees both. */
static struct err *find_interface(const struct vbox *v, const struct hostonly *h, char **ret_name, char **ret_network)
{
	auto_free char *address = subnet_address_text(h->host), *mask = hostonly_netmask(h);
	struct err *clash = NULL;
	struct vbox_hostonlyif *list;
	auto_str out = STR_INIT;

	TRY(manage(v, MANAGE_ASK_MS, &out, "list", "hostonlyifs", NULL));
	size_t n = vbox_hostonlyifs(out.buf, &list);
	for (size_t i = 0; i < n && !*ret_name; i++)
		if (str_eq(list[i].address, address) && str_eq(list[i].mask, mask)) {
			*ret_name = xstrdup(list[i].name);
			*ret_network = xstrdup(list[i].network);
		}
	for (size_t i = 0; i < n && !*ret_name && !clash; i++)
		clash = find_clash(h, &list[i]);
	vbox_hostonlyifs_free(list, n);
	return clash;
}

/* The range that a DHCP server gives away on it; that of one that we would make when there is none. */
static struct err *find_dhcp_range(const struct vbox *v, const struct hostonly *h, const char *network, uint32_t *lower,
				   uint32_t *upper)
{
	auto_str out = STR_INIT;
	struct vbox_dhcp *list;
	uint32_t server;

	hostonly_dhcp_range(h, &server, lower, upper);
	*lower = server < *lower ? server : *lower;
	if (!network)
		return NULL;
	TRY(manage(v, MANAGE_ASK_MS, &out, "list", "dhcpservers", NULL));
	size_t n = vbox_dhcps(out.buf, &list);
	for (size_t i = 0; i < n; i++) {
		uint32_t from, to, own;

		if (!str_eq(list[i].network, network) || !subnet_address_parse(list[i].lower, &from) ||
		    !subnet_address_parse(list[i].upper, &to))
			continue;
		*lower = from;
		*upper = to;
		if (subnet_address_parse(list[i].address, &own) && subnet_has(&h->net, own))
			*lower = own < from ? own : from;
	}
	vbox_dhcps_free(list, n);
	return NULL;
}

/* --- the machine's address --- */

struct candidates {
	struct hostonly h;
	uint32_t start, lower, upper;
};

static char *candidates_next(void *data, unsigned n)
{
	struct candidates *c = data;
	uint32_t address;

	return n < CANDIDATES && hostonly_candidate(&c->h, c->start, n, c->lower, c->upper, &address)
		       ? subnet_address_text(address)
		       : NULL;
}

/* Somebody whom this host has spoken with lately: "IP address  HW type  Flags  HW address  Mask  Device". */
static bool candidates_is_silent(void *data, const char *address)
{
	auto_free char *table = NULL, *start = xasprintf("\n%s ", address);

	(void)data;
	IGNORE(fs_read("/proc/net/arp", 1 << 20, &table, NULL));
	const char *line = table ? strstr(table, start) : NULL;
	return !line || !strstr(line, " 0x2 ") || strstr(line, " 0x2 ") > line + 1 + strcspn(line + 1, "\n");
}

struct err *hostonly_reserve(struct vbox *v)
{
	auto_free char *name = NULL, *network = NULL;
	struct candidates c = { 0 };
	const struct reserve r = { v->env->state_dir, HOSTONLY_RESERVATIONS, v->env->dir,
				   candidates_next,   candidates_is_silent,  &c };
	char *address = NULL;

	TRY(hostonly_parse(v->config.hostonly_cidr, &c.h));
	/* Machines of other stores, whose reservations are not seen here, begin elsewhere. */
	c.start = (uint32_t)(loopback_hash(v->env->store, v->env->name) % subnet_hosts(&c.h.net));
	TRY(find_interface(v, &c.h, &name, &network));
	TRY(find_dhcp_range(v, &c.h, network, &c.lower, &c.upper));
	TRY(reserve_take(&r, &address));
	if (!address)
		return err_hint(err_new(ERR_FAILED, "no address is left on the host-only network '%s'",
					v->config.hostonly_cidr),
				"Take another: --virtualbox-hostonly-cidr 192.168.57.1/24");
	free(v->config.address);
	v->config.address = address;
	return NULL;
}

/* --- making --- */

static struct err *make_dhcp(const struct vbox *v, const struct hostonly *h, const char *name)
{
	auto_free char *mask = hostonly_netmask(h), *network = xasprintf(HOSTONLY_NETWORK "%s", name);
	uint32_t server, lower, upper;
	const char *verbs[] = { "add", "modify" };
	struct err *e = NULL;

	hostonly_dhcp_range(h, &server, &lower, &upper);
	auto_free char *a = subnet_address_text(server), *b = subnet_address_text(lower),
		       *c = subnet_address_text(upper);
	/* VirtualBox has one for vboxnet0 even before there is such an interface. */
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		err_free(e);
		e = manage(v, MANAGE_ASK_MS, NULL, "dhcpserver", verbs[i], "--netname", network, "--ip", a, "--netmask",
			   mask, "--lowerip", b, "--upperip", c, "--enable", NULL);
		if (!e || e->code != ERR_EXISTS)
			break;
	}
	return e;
}

static struct err *make_address(const struct vbox *v, const struct hostonly *h, const char *name)
{
	auto_free char *address = subnet_address_text(h->host), *mask = hostonly_netmask(h);
	auto_manage_result r = MANAGE_RESULT_INIT;

	TRY(manage_ask(v, MANAGE_ASK_MS, &r, "hostonlyif", "ipconfig", name, "--ip", address, "--netmask", mask, NULL));
	if (r.trouble == VBOX_DENIED)
		return err_hint(err_new(ERR_FAILED, "VirtualBox may not give '%s' the address %s", name, address),
				"Ranges that are allowed stand in " HOSTONLY_RULES "; without it: 192.168.56.0/21");
	return r.trouble == VBOX_NO_TROUBLE ? NULL : manage_error(NULL, "hostonlyif ipconfig", &r);
}

/* After a Ctrl-C too. The mark stays where the interface does: the next removal tries again. Returns e. */
static struct err *make_undo(const struct vbox *v, const char *name, struct err *e)
{
	interrupt_hold(true);
	IGNORE(made_remove(v, name));
	interrupt_hold(false);
	return e;
}

static struct err *make_interface(const struct vbox *v, const struct hostonly *h, char **ret)
{
	auto_free char *name = NULL;
	auto_str out = STR_INIT;

	TRY(made_begin(v));
	TRY(manage(v, MANAGE_ASK_MS, &out, "hostonlyif", "create", NULL));
	name = vbox_created_interface(out.buf);
	if (!name)
		return err_new(ERR_FAILED, "VirtualBox does not say which host-only interface it made");
	struct err *e = made_end(v, name);
	auto_free char *line = xasprintf("Made host-only interface '%s' (%s); it goes with its last machine.", name,
					 v->config.hostonly_cidr);
	if (!e)
		v->env->report(v->env->data, line);
	if (!e)
		e = make_address(v, h, name);
	if (!e && !v->config.hostonly_no_dhcp)
		e = make_dhcp(v, h, name);
	if (e)
		return make_undo(v, name, e);
	*ret = TAKE(name);
	return NULL;
}

/* Two that make machines at once make one interface: VirtualBox lets two have the same address. */
struct err *hostonly_prepare(const struct vbox *v, char **ret)
{
	auto_free char *lock_path = fs_join(v->env->state_dir, LOCK), *network = NULL;
	auto_close int lock = -1;
	struct hostonly h;

	TRY(hostonly_parse(v->config.hostonly_cidr, &h));
	TRY(fs_lock(lock_path, LOCK_MS, &lock));
	TRY(made_recover(v));
	TRY(find_interface(v, &h, ret, &network));
	return *ret ? NULL : make_interface(v, &h, ret);
}

/* --- letting go --- */

struct err *hostonly_release(const struct vbox *v)
{
	auto_free char *lock_path = fs_join(v->env->state_dir, LOCK);
	auto_close int lock = -1;

	TRY(reserve_drop(v->env->state_dir, HOSTONLY_RESERVATIONS, v->env->dir));
	if (!made_any(v))
		return NULL;
	TRY(fs_lock(lock_path, LOCK_MS, &lock));
	return made_release(v);
}
