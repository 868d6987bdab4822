/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/keep_hostfwd.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "drivers/qemu/args.h"

bool keep_hostfwd_settle(const struct qemu_config *c, struct port *p)
{
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

void keep_hostfwd_carry(struct keep_qmp *q, const struct qemu_config *c, const struct port *p, bool add)
{
	auto_free char *id = xasprintf("%s %s %d", add ? "add" : "remove", p->proto, p->number);
	auto_free char *rule = xasprintf("%s:%s:%d", p->proto, c->address, p->number);
	auto_free char *command = add ? xasprintf("hostfwd_add " QEMU_NETDEV " %s-:%d", rule, p->number)
				      : xasprintf("hostfwd_remove " QEMU_NETDEV " %s", rule);

	keep_qmp_human(q, id, command);
}

/* Errors come back as text in an answer that says success; no text is success. What is ended is told in words, always. */
void keep_hostfwd_answer(struct port_work *w, const char *id, const char *text)
{
	char verb[8], proto[4];
	int number;

	if (sscanf(id, "%7s %3s %d", verb, proto, &number) == 3)
		port_work_carried(w, proto, number, str_eq(verb, "add") && *text ? text : NULL);
}
