/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/ports.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/net/user_net.h"
#include "drivers/vm/names.h"

#define UNPRIVILEGED "/proc/sys/net/ipv4/ip_unprivileged_port_start"

void ports_release(struct ports *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i].problem);
	free(p->list);
	*p = (struct ports){ .guest_address = p->guest_address };
}

static int ports_compare(const struct port *p, const char *proto, int number)
{
	int order = strcmp(p->proto, proto);

	return order ? order : p->number - number;
}

struct port *ports_find(struct ports *p, const char *proto, int number)
{
	for (size_t i = 0; i < p->n; i++)
		if (ports_compare(&p->list[i], proto, number) == 0)
			return &p->list[i];
	return NULL;
}

/* The entry, made when missing; NULL when the table is full. */
static struct port *ports_at(struct ports *p, const char *proto, int number)
{
	size_t at = 0;

	while (at < p->n && ports_compare(&p->list[at], proto, number) < 0)
		at++;
	if (at < p->n && ports_compare(&p->list[at], proto, number) == 0)
		return &p->list[at];
	if (p->n >= PORTS_MAX)
		return NULL;
	p->list = xrealloc(p->list, (p->n + 1) * sizeof(*p->list));
	memmove(&p->list[at + 1], &p->list[at], (p->n - at) * sizeof(*p->list));
	p->n++;
	p->list[at] = (struct port){ .number = number };
	memcpy(p->list[at].proto, proto, sizeof(p->list[at].proto));
	return &p->list[at];
}

void ports_all_answer(struct ports *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].state == PORT_IDLE)
			p->list[i].state = PORT_ACTIVE;
}

void ports_stuck(struct port *p, bool may_heal, const char *problem)
{
	free(p->problem);
	p->problem = xstrdup(problem);
	p->may_heal = may_heal;
	p->state = PORT_STUCK;
}

void ports_lost(struct port *p)
{
	if (p->fixed || (p->state != PORT_ADDING && p->state != PORT_ACTIVE && p->state != PORT_REMOVING))
		return;
	p->state = PORT_IDLE;
	p->clings = false;
}

static void ports_unstick(struct port *p)
{
	mem_freep(&p->problem);
	p->may_heal = false;
	p->state = PORT_IDLE;
}

void ports_adopt(struct ports *p, const char *proto, int number)
{
	struct port *port = str_eq(proto, "tcp") || str_eq(proto, "udp") ? ports_at(p, proto, number) : NULL;

	if (port && (port->state == PORT_IDLE || port->state == PORT_STUCK)) {
		ports_unstick(port);
		port->state = PORT_ACTIVE;
	}
}

/* The address that a container's port is bound to inside. Only what listens on all, or on the guest's own, is reached. */
static bool ports_is_reachable(const struct ports *p, const char *address)
{
	return !*address || str_eq(address, "0.0.0.0") || str_eq(address, "::") ||
	       str_eq(address, p->guest_address ? p->guest_address : USER_NET_ADDRESS);
}

static void ports_want_one(struct ports *p, const cJSON *item)
{
	const char *proto = json_str_or(item, "proto", ""), *address = json_str_or(item, "address", "");
	int64_t number = json_int_or(item, "port", 0);

	if ((!str_eq(proto, "tcp") && !str_eq(proto, "udp")) || number < 1 || number > 65535 || strlen(address) > 63)
		return;
	struct port *port = ports_at(p, proto, (int)number);
	if (!port)
		return;
	bool first = !port->wanted, reachable = ports_is_reachable(p, address);
	port->wanted = true;
	if (reachable && port->state == PORT_STUCK && !port->may_heal)
		ports_unstick(port); /* the same port on another address could not be reached */
	if (!reachable && first && port->state == PORT_IDLE) {
		auto_free char *problem = xasprintf(
			"it is published on %s inside the machine only; publish it without an address: -p %d:...",
			address, (int)number);
		ports_stuck(port, false, problem);
	}
}

void ports_want(struct ports *p, const cJSON *list)
{
	size_t seen = 0;

	for (size_t i = 0; i < p->n; i++) {
		p->list[i].wanted = false;
		if (p->list[i].state == PORT_STUCK && !p->list[i].may_heal)
			ports_unstick(&p->list[i]);
	}
	for (const cJSON *item = json_is_array(list) ? json_first(list) : NULL; item && seen++ < 4 * PORTS_MAX;
	     item = json_next(item))
		ports_want_one(p, item);
	ports_sweep(p);
}

void ports_sweep(struct ports *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct port *port = &p->list[i];
		bool set_up = port->state == PORT_ADDING || port->state == PORT_ACTIVE || port->state == PORT_REMOVING;

		if (port->wanted || (set_up && !port->fixed))
			p->list[kept++] = *port;
		else
			free(port->problem);
	}
	p->n = kept;
}

struct port *ports_next(struct ports *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct port *port = &p->list[i];

		if (!port->fixed && !(port->clings && !port->wanted) &&
		    ((port->wanted && port->state == PORT_IDLE) || (!port->wanted && port->state == PORT_ACTIVE)))
			return port;
	}
	return NULL;
}

bool ports_has_ill(const struct ports *p)
{
	for (size_t i = 0; i < p->n; i++)
		if ((p->list[i].state == PORT_STUCK && p->list[i].may_heal) ||
		    (p->list[i].clings && !p->list[i].wanted))
			return true;
	return false;
}

bool ports_retry(struct ports *p)
{
	bool any = false;

	for (size_t i = 0; i < p->n; i++) {
		any = any || p->list[i].clings;
		p->list[i].clings = false;
		if (p->list[i].state == PORT_STUCK && p->list[i].may_heal) {
			ports_unstick(&p->list[i]);
			any = true;
		}
	}
	return any;
}

bool ports_is_own(struct port *p)
{
	if (!str_eq(p->proto, "tcp") || (p->number != VM_ENGINE_PORT && p->number != VM_LOOPBACK_SSH_PORT))
		return false;
	auto_free char *problem =
		xasprintf("port %d of the machine's address is the machine's own %s; publish another port", p->number,
			  p->number == VM_LOOPBACK_SSH_PORT ? "SSH" : "engine");
	ports_stuck(p, false, problem);
	return true;
}

char *ports_refusal(const struct port *p, const char *address, enum loopback_bind why)
{
	auto_free char *text = NULL;

	if (why == LOOPBACK_PRIVILEGED) {
		IGNORE(fs_read(UNPRIVILEGED, 32, &text, NULL));
		return xasprintf("port %d is below %d, where ordinary users may not listen; allow it (sudo sysctl "
				 "net.ipv4.ip_unprivileged_port_start=%d) or publish another port",
				 p->number, text ? atoi(text) : 1024, p->number);
	}
	if (why == LOOPBACK_TAKEN)
		return xasprintf("port %d of %s is taken by another program of this host; see ss -l%snp 'sport = :%d'",
				 p->number, address, str_eq(p->proto, "tcp") ? "t" : "u", p->number);
	return xasprintf("address %s cannot be used", address);
}

cJSON *ports_json(const struct ports *p)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < p->n; i++) {
		const struct port *port = &p->list[i];

		if (!port->wanted)
			continue;
		cJSON *item = cJSON_CreateObject();
		json_set_str(item, "proto", port->proto);
		json_set_int(item, "port", port->number);
		if (port->state != PORT_ACTIVE)
			json_set_str(item, "problem", port->problem ? port->problem : "it is being set up");
		cJSON_AddItemToArray(list, item);
	}
	return list;
}

struct driver_port ports_item(const cJSON *item, const char *address)
{
	struct driver_port p = { .guest_port = (int)json_int_or(item, "port", 0) };
	const char *problem = json_str_or(item, "problem", NULL);

	strncpy(p.proto, json_str_or(item, "proto", ""), sizeof(p.proto) - 1);
	p.host_port = p.guest_port;
	p.host_address = xstrdup(address);
	p.problem = problem ? xstrdup(problem) : NULL;
	return p;
}
