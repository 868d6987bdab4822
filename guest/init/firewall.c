/* SPDX-License-Identifier: Apache-2.0 */
#include "init/firewall.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "init/module.h"
#include "init/run.h"

#define FIREWALL_TEXT 8192
#define FIREWALL_MS 20000

struct text {
	char *buf;
	size_t size;
	size_t len;
	bool full;
};

static void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void text_add(struct text *t, const char *fmt, ...)
{
	va_list args;
	int n;

	if (t->full)
		return;
	va_start(args, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= t->size - t->len)
		t->full = true;
	else
		t->len += (size_t)n;
}

static void text_closed(struct text *t, const struct net_config *c, bool reject)
{
	char address[INET_ADDRSTRLEN];

	for (size_t i = 0; i < c->closed_count; i++) {
		inet_ntop(AF_INET, &c->closed[i].address, address, sizeof(address));
		text_add(t, "-A MACHINE-CLOSED -d %s/%u -j %s\n", address, c->closed[i].prefix,
			 reject ? "REJECT" : "DROP");
	}
}

/* What stays open in closed networks: of every network before any is closed, for they may overlap. */
static void text_open(struct text *t, const struct net_config *c)
{
	char address[INET_ADDRSTRLEN];

	for (size_t i = 0; i < c->dns_count; i++) {
		inet_ntop(AF_INET, &c->dns[i], address, sizeof(address));
		text_add(t, "-A MACHINE-CLOSED -d %s/32 -p udp -m udp --dport 53 -j RETURN\n", address);
		text_add(t, "-A MACHINE-CLOSED -d %s/32 -p tcp -m tcp --dport 53 -j RETURN\n", address);
	}
}

/*
 * DOCKER-USER exists before the engine does, which keeps what it finds there and lets every
 * forwarded packet pass it first. Only new connections are refused: an answer to somebody from a
 * closed network who connected to a published port is part of his connection.
 */
bool firewall_rules(const struct net_config *nets, size_t count, bool first, bool reject, char *buf, size_t size)
{
	struct text t = { .buf = buf, .size = size };
	bool dhcp = false;

	text_add(&t, "*filter\n:MACHINE-CLOSED - [0:0]\n%s", first ? ":DOCKER-USER - [0:0]\n" : "");
	text_add(&t, "-A MACHINE-CLOSED -o lo -j RETURN\n"
		     "-A MACHINE-CLOSED -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN\n");
	for (size_t i = 0; i < count; i++) {
		text_open(&t, &nets[i]);
		dhcp |= nets[i].dhcp;
	}
	if (dhcp) /* to renew a lease is to open a connection to a server that may be in a closed
			network */
		text_add(&t, "-A MACHINE-CLOSED -p udp -m udp --sport 68 --dport 67 -j RETURN\n");
	for (size_t i = 0; i < count; i++)
		text_closed(&t, &nets[i], reject);
	if (first)
		text_add(&t, "-I OUTPUT 1 -j MACHINE-CLOSED\n-I FORWARD 1 -j MACHINE-CLOSED\n"
			     "-I DOCKER-USER 1 -j MACHINE-CLOSED\n");
	text_add(&t, "COMMIT\n");
	return !t.full;
}

const char *firewall_apply(const struct net_config *nets, size_t count)
{
	static const char *const argv[] = { "iptables-restore", "--noflush", "-w", "10", NULL };
	static bool done;
	char rules[FIREWALL_TEXT];
	size_t closed = 0;

	for (size_t i = 0; i < count; i++)
		closed += nets[i].closed_count;
	if (closed == 0 && !done)
		return NULL;
	module_levels_wait();
	if (!firewall_rules(nets, count, !done, module_need("ipt_REJECT"), rules, sizeof(rules)))
		return "too many closed networks";
	if (run(argv, rules, FIREWALL_MS) != 0)
		return "cannot close networks: iptables-restore failed";
	done = true;
	return NULL;
}
