/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports answer on the machine's address: QEMU's user network forwards them, told through the human monitor,
 * because QMP has no command for it. Its errors come back as text in an answer that says success; no text is success.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/link/text.h"
#include "drivers/net/loopback.h"
#include "drivers/qemu/args.h"
#include "drivers/qemu/supervisor.h"

/* Ports of the machine's address that are taken by the machine itself. true: settled. */
static bool ports_own(struct sup *s, struct port *p)
{
	const struct qemu_config *c = &s->order.config;

	if (ports_is_own(p))
		return true;
	/* libslirp's udp_input drops all that a restricted guest sends, answers to forwarded datagrams too (measured). */
	if (c->isolated && str_eq(p->proto, "udp")) {
		ports_stuck(p, false,
			    "QEMU's network lets an isolated machine answer over TCP alone; create the machine "
			    "without --qemu-isolated");
		return true;
	}
	for (size_t i = 0; i < c->forwards_n; i++) {
		const struct qemu_forward *f = &c->forwards[i];

		if (!str_eq(f->proto, p->proto) || f->host_port != p->number)
			continue;
		auto_free char *problem = xasprintf(
			"port %d of the machine's address leads to port %d (--qemu-forward)", p->number, f->guest_port);
		p->fixed = f->guest_port == p->number;
		p->state = PORT_ACTIVE;
		if (!p->fixed)
			ports_stuck(p, false, problem);
		return true;
	}
	return false;
}

static void ports_refused(struct sup *s, struct port *p, enum loopback_bind why)
{
	auto_free char *problem = ports_refusal(p, s->order.config.address, why);

	ports_stuck(p, true, problem);
	if (p->told)
		return;
	p->told = true;
	auto_free char *warning = xasprintf("published port %d/%s does not answer: %s", p->number, p->proto, problem);
	sup_event(s, "warning", NULL, -1, warning);
}

static void ports_add(struct sup *s, struct port *p)
{
	const char *address = s->order.config.address;

	if (ports_own(s, p))
		return;
	/* QEMU does not say why it cannot. */
	enum loopback_bind can = loopback_bind_test(p->proto, address, p->number, true);
	if (can != LOOPBACK_FREE) {
		ports_refused(s, p, can);
		return;
	}
	auto_free char *id = xasprintf("add %s %d", p->proto, p->number);
	auto_free char *command =
		xasprintf("hostfwd_add " QEMU_NETDEV " %s:%s:%d-:%d", p->proto, address, p->number, p->number);
	p->state = PORT_ADDING;
	sup_qmp_human(s, id, command);
}

static void ports_remove(struct sup *s, struct port *p)
{
	auto_free char *id = xasprintf("remove %s %d", p->proto, p->number);
	auto_free char *command =
		xasprintf("hostfwd_remove " QEMU_NETDEV " %s:%s:%d", p->proto, s->order.config.address, p->number);

	p->state = PORT_REMOVING;
	sup_qmp_human(s, id, command);
}

static void ports_work(struct sup *s)
{
	struct port *p;

	while (s->qmp_up && (p = ports_next(&s->ports))) {
		if (p->wanted)
			ports_add(s, p);
		else
			ports_remove(s, p);
	}
	ports_sweep(&s->ports);
	if (!ports_has_ill(&s->ports))
		s->heal_at = SUP_NEVER;
	else if (s->heal_at.at_ms == SUP_NEVER.at_ms)
		s->heal_at = deadline_in(s->heal_ms);
}

void sup_ports_set(struct sup *s, const cJSON *list)
{
	ports_want(&s->ports, list);
	s->heal_ms = SUP_HEAL_MS;
	s->heal_at = SUP_NEVER;
	ports_work(s);
}

void sup_ports_forget(struct sup *s)
{
	sup_ports_set(s, NULL);
}

void sup_ports_heal(struct sup *s)
{
	s->heal_at = SUP_NEVER;
	if (s->heal_ms < SUP_HEAL_MAX_MS)
		s->heal_ms *= 2;
	ports_retry(&s->ports);
	ports_work(s);
}

void sup_ports_answer(struct sup *s, const char *id, const char *text)
{
	char verb[8], proto[4];
	int number;

	if (sscanf(id, "%7s %3s %d", verb, proto, &number) != 3)
		return;
	struct port *p = ports_find(&s->ports, proto, number);
	if (!p)
		return;
	if (p->state == PORT_REMOVING) {
		p->state = PORT_IDLE;
	} else if (p->state == PORT_ADDING && !*text) {
		p->state = PORT_ACTIVE;
		p->told = false;
	} else if (p->state == PORT_ADDING) {
		auto_str clean = STR_INIT;
		text_clean(&clean, text, strlen(text), 200, false);
		str_trim_end(&clean);
		ports_stuck(p, true, clean.buf);
	}
	ports_work(s);
}

cJSON *sup_ports_json(const struct sup *s)
{
	return ports_json(&s->ports);
}
