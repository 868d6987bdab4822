/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports out of the kernel's table of address translation, as IPT_SO_GET_ENTRIES gives it. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>

#include "agent/nat.h"

static unsigned char table[8192];
static size_t size;

static void target(struct ipt_entry *e, const char *name, const char *chain)
{
	struct xt_error_target t = { .target.u.user.target_size = sizeof(t) };

	strcpy(t.target.u.user.name, name);
	strcpy(t.errorname, chain);
	e->next_offset = (uint16_t)(e->target_offset + sizeof(t));
	memcpy(table + size, e, sizeof(*e));
	memcpy(table + size + e->target_offset, &t, sizeof(t));
	size += e->next_offset;
}

static void chain(const char *name)
{
	struct ipt_entry e = { .target_offset = sizeof(e) };

	target(&e, XT_ERROR_TARGET, name);
}

static void rule(int protocol, const char *address, unsigned first, unsigned last, const char *what)
{
	struct ipt_entry e = { .ip.proto = (uint16_t)protocol };
	struct xt_entry_match m = { 0 };
	struct xt_tcp tcp = { .spts = { 0, 65535 }, .dpts = { (uint16_t)first, (uint16_t)last } };
	struct xt_udp udp = { .spts = { 0, 65535 }, .dpts = { (uint16_t)first, (uint16_t)last } };
	size_t len = protocol == IPPROTO_UDP ? sizeof(udp) : sizeof(tcp);

	inet_pton(AF_INET, address, &e.ip.dst);
	strcpy(m.u.user.name, protocol == IPPROTO_UDP ? "udp" : "tcp");
	m.u.match_size = (uint16_t)XT_ALIGN(sizeof(m) + len);
	e.target_offset = (uint16_t)(sizeof(e) + m.u.match_size);
	memcpy(table + size + sizeof(e), &m, sizeof(m));
	memcpy(table + size + sizeof(e) + sizeof(m), protocol == IPPROTO_UDP ? (void *)&udp : (void *)&tcp, len);
	target(&e, what, "");
}

static void fill(void)
{
	memset(table, 0, sizeof(table));
	size = 0;
	rule(IPPROTO_TCP, "0.0.0.0", 1, 1, "DNAT"); /* of a chain of the kernel's own */
	chain("DOCKER");
	rule(IPPROTO_TCP, "0.0.0.0", 8080, 8080, "DNAT");
	rule(IPPROTO_UDP, "127.0.0.1", 53, 53, "DNAT");
	rule(IPPROTO_TCP, "0.0.0.0", 5, 6, "DNAT");
	rule(IPPROTO_TCP, "0.0.0.0", 7, 7, "MARK");
	chain("DOCKER-INGRESS");
	rule(IPPROTO_TCP, "0.0.0.0", 9, 9, "DNAT");
	chain("ERROR");
}

static void test_ports_of_the_chain(void **state)
{
	static struct ports p;
	char *text;

	(void)state;
	fill();
	p.count = 0;
	assert_true(nat_parse(table, size, "DOCKER", &p));
	text = ports_json(&p);
	assert_string_equal(text, "[{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":8080},"
				  "{\"proto\":\"udp\",\"address\":\"127.0.0.1\",\"port\":53}]");
	free(text);
}

/* Cut off anywhere, and with lengths that lie: no byte beyond is read (the sanitizers look). */
static void test_damaged_tables(void **state)
{
	static struct ports p;

	(void)state;
	fill();
	for (size_t len = 0; len < size; len++) {
		unsigned char *cut = malloc(len + 1);

		memcpy(cut, table, len);
		p.count = 0;
		nat_parse(cut, len, "DOCKER", &p);
		free(cut);
	}
	for (size_t at = 0; at < size; at++) {
		unsigned char *copy = malloc(size);

		memcpy(copy, table, size);
		copy[at] ^= 0xff;
		p.count = 0;
		nat_parse(copy, size, "DOCKER", &p);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports_of_the_chain),
		cmocka_unit_test(test_damaged_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
