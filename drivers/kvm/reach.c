/* SPDX-License-Identifier: Apache-2.0 */
/* Where a machine answers. */
#include "drivers/kvm/reach.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/ports.h"
#include "drivers/kvm/create.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/handle.h"
#include "drivers/kvm/kept.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/network_address.h"
#include "drivers/net/subnet.h"

#define ASK_MS 10000
#define HELLO_MS 2000 /* from the start of a keeper to what its guest tells at once */
#define LEARN_MS 20000

/* Neither "this network", loopback, nor multicast and what is above. */
static bool reach_is_plain(uint32_t address)
{
	return address >> 24 != 0 && address >> 24 != 127 && address >> 24 < 224;
}

/* A lease knows it first, the guest best, the neighbours last: each is silent on some networks. NULL: nobody knows. */
static char *reach_ask_all(struct kvm *k, virDomainPtr domain)
{
	char *found = network_lease_address(domain, &k->config);
	uint32_t address;

	if (found)
		return found;
	found = kept_address(k);
	/* It is the guest's word: an address that one machine can have. */
	if (found && subnet_address_parse(found, &address) && reach_is_plain(address))
		return found;
	free(found);
	return network_neighbour_address(domain, &k->config);
}

struct learning {
	struct kvm *k;
	virDomainPtr domain;
	char *found;
};

static struct err *reach_try(void *data, bool *done)
{
	struct learning *l = data;

	l->found = reach_ask_all(l->k, l->domain);
	*done = l->found;
	return NULL;
}

struct err *kvm_learn_address(struct kvm *k, virDomainPtr domain)
{
	struct kvm_config *c = &k->config;
	struct learning l = { .k = k, .domain = domain };

	if (c->reserved || c->reach == KVM_REACH_USER)
		return NULL;
	struct err *e = retry_until(deadline_in(LEARN_MS), 250, "the machine's address", reach_try, &l);
	if (e && e->code == ERR_TIMEOUT) {
		err_free(e);
		return err_hint(
			err_new(ERR_FAILED,
				"the address of machine '%s' cannot be found: neither a lease nor the guest "
				"nor a neighbour tells it",
				k->env->name),
			"Does a DHCP server answer on network '%s'? Its console tells: virsh -c '%s' console %s",
			c->network, c->uri, k->env->name);
	}
	TRY(e);
	free(c->guest_address);
	c->guest_address = l.found;
	if (c->reach == KVM_REACH_DIRECT) {
		free(c->address);
		c->address = xstrdup(l.found);
	}
	return NULL;
}

/* A machine without a promised address may have got another one since; a keeper may have been killed. */
static struct err *reach_look(struct kvm *k)
{
	auto_conn conn = NULL;
	auto_domain domain = NULL;
	bool active;

	TRY(kvm_conn(k, &conn));
	TRY(domain_find(conn, &k->config, &domain));
	if (!domain)
		return NULL;
	TRY(domain_is_active(domain, &active));
	if (!active)
		return NULL;
	TRY(kept_start(k));
	TRY(kvm_learn_address(k, domain));
	return kept_reach(k);
}

struct err *kvm_reach(void *self)
{
	struct kvm *k = self;
	const struct kvm_config *c = &k->config;
	bool fine = c->reach == KVM_REACH_DIRECT ? c->reserved : fs_is_locked(k->lock);

	return k->booting || fine ? NULL : reach_look(k);
}

struct err *kvm_endpoint(void *self, struct driver_endpoint *ret)
{
	struct kvm *k = self;
	const struct kvm_config *c = &k->config;

	*ret = (struct driver_endpoint){
		.address = xstrdup(c->address),
		.url = *c->address ? xasprintf("tcp://%s:%d", c->address, VM_ENGINE_PORT) : xstrdup(""),
		.ssh_host = xstrdup(c->address),
		.ssh_port = kvm_ssh_port(c),
		.ssh_user = xstrdup(c->ssh_user),
	};
	return NULL;
}

struct asking {
	struct kvm *k;
	const cJSON *request;
	cJSON *answer;
};

/* Has the guest's agent been heard? */
static bool reach_is_heard(const struct kvm *k)
{
	auto_json *status = NULL;

	IGNORE(client_ask(k->env->dir, "status", HELLO_MS, &status));
	return json_bool_or(status, "agent", false);
}

/* A keeper that begins just now, or again after libvirtd was restarted, has not heard of the guest yet: then once more. */
static struct err *reach_agent_try(void *data, bool *done)
{
	struct asking *a = data;
	auto_conn conn = NULL;
	auto_domain domain = NULL;
	bool active;

	TRY(kvm_conn(a->k, &conn));
	TRY(domain_need(conn, &a->k->config, a->k->env->name, &domain));
	TRY(domain_is_active(domain, &active));
	if (!active)
		return err_new(ERR_WRONG_STATE, "the machine ended");
	TRY(kept_start(a->k));
	struct err *e = client_ask_agent(a->k->env->dir, a->request, ASK_MS, &a->answer);
	*done = !e;
	if (!e || (e->code != ERR_WRONG_STATE && (e->code != ERR_FAILED || reach_is_heard(a->k))))
		return e;
	err_free(e);
	return NULL;
}

static struct err *reach_agent(struct kvm *k, const cJSON *request, cJSON **ret)
{
	struct asking a = { k, request, NULL };

	TRY(retry_until(deadline_in(2 * ASK_MS), 100, "the guest's agent", reach_agent_try, &a));
	*ret = a.answer;
	return NULL;
}

static void reach_add(struct driver_port **list, size_t *n, struct driver_port p)
{
	*list = xrealloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = p;
}

static struct err *reach_heard_try(void *data, bool *done)
{
	*done = reach_is_heard(data);
	return NULL;
}

static struct err *reach_forwarded(struct kvm *k, struct driver_port **ret, size_t *ret_n)
{
	auto_json *answer = NULL;

	*ret = NULL;
	*ret_n = 0;
	TRY(kept_start(k));
	/* One that begins just now knows of no port yet. */
	IGNORE(retry_until(deadline_in(HELLO_MS), 20, "the guest's agent", reach_heard_try, k));
	TRY(client_ask(k->env->dir, "ports", ASK_MS, &answer));
	for (const cJSON *i = json_first(json_get_or_null(answer, "ports")); i; i = json_next(i))
		reach_add(ret, ret_n, ports_item(i, k->config.address));
	return NULL;
}

/* The guest has an address of its own: what its containers publish answers there. */
struct err *kvm_ports(void *self, struct driver_port **ret, size_t *ret_n)
{
	struct kvm *k = self;
	auto_json *request = json_object();
	auto_json *answer = NULL;
	struct ports ports = { .guest_address = k->config.guest_address };
	struct driver_port *list = NULL;
	size_t n = 0;

	if (k->config.reach != KVM_REACH_DIRECT)
		return reach_forwarded(k, ret, ret_n);
	json_set_str(request, "do", "ports");
	TRY(reach_agent(k, request, &answer));
	ports_want(&ports, json_get_or_null(answer, "ports"));
	ports_all_answer(&ports);
	auto_json *clean = ports_json(&ports);
	for (const cJSON *i = json_first(clean); i; i = json_next(i))
		reach_add(&list, &n, ports_item(i, k->config.address));
	ports_release(&ports);
	*ret = list;
	*ret_n = n;
	return NULL;
}

struct err *kvm_certificates(void *self, const cJSON *files)
{
	auto_json *request = json_object();

	json_set_str(request, "do", "certificates");
	cJSON_AddItemReferenceToObject(request, "files", (cJSON *)files);
	auto_json *answer = NULL;
	return reach_agent(self, request, &answer);
}
