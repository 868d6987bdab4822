/* SPDX-License-Identifier: Apache-2.0 */
/* The guard of closed networks: its programs, run by this host's kernel on frames that never were on a network. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "init/guard.h"

#define NEXT (-1)
#define DROP 2

static int map = -1, out = -1, in = -1;
static const char *why;

static int bpf(int command, union bpf_attr *a)
{
	return (int)syscall(SYS_bpf, command, a, sizeof(*a));
}

static int load(const struct net_config *c, bool leaving)
{
	static struct bpf_insn insn[GUARD_MAX];
	size_t count = guard_program(c, 1, map, leaving, insn);
	union bpf_attr a = { .prog_type = BPF_PROG_TYPE_SCHED_CLS,
			     .insn_cnt = (unsigned)count,
			     .insns = (uintptr_t)insn,
			     .license = (uintptr_t) "Apache-2.0" };

	assert_true(count > 0);
	return bpf(BPF_PROG_LOAD, &a);
}

static int begin(void **state)
{
	struct net_config c = { .dhcp = true, .closed_count = 1, .dns_count = 1 };
	union bpf_attr a = { .map_type = BPF_MAP_TYPE_LRU_HASH, .key_size = 12, .value_size = 8, .max_entries = 64 };

	(void)state;
	assert_true(net_range_parse("10.0.2.0/24", &c.closed[0]));
	inet_pton(AF_INET, "10.0.2.3", &c.dns[0]);
	map = bpf(BPF_MAP_CREATE, &a);
	if (map < 0) { /* a user may not: then the image's own boots are the test */
		why = strerror(errno);
		assert_true(errno == EPERM || errno == ENOSYS);
		return 0;
	}
	out = load(&c, true);
	in = load(&c, false);
	assert_true(out >= 0 && in >= 0);
	return 0;
}

struct frame {
	const char *from, *to;
	int protocol, sport, dport, flags; /* flags: TCP's; type of ICMP */
	int part;			   /* the header's field of flags and offset */
	int type;			   /* of the frame; 0: IPv4 */
	int options;			   /* words of IP options */
};

static int pass(int program, const struct frame *f)
{
	unsigned char b[128] = { 0 };
	unsigned char *ip = b + 14, *l4 = ip + 20 + 4 * f->options;
	union bpf_attr a = {
		.test = { .prog_fd = (unsigned)program, .data_size_in = sizeof(b), .data_in = (uintptr_t)b }
	};

	b[12] = (unsigned char)((f->type ? f->type : 0x0800) >> 8);
	b[13] = (unsigned char)(f->type ? f->type : 0x0800);
	ip[0] = (unsigned char)(0x45 + f->options);
	ip[6] = (unsigned char)(f->part >> 8);
	ip[7] = (unsigned char)f->part;
	ip[9] = (unsigned char)f->protocol;
	inet_pton(AF_INET, f->from, ip + 12);
	inet_pton(AF_INET, f->to, ip + 16);
	if (f->protocol == IPPROTO_ICMP) {
		l4[0] = (unsigned char)f->flags;
	} else {
		l4[0] = (unsigned char)(f->sport >> 8), l4[1] = (unsigned char)f->sport;
		l4[2] = (unsigned char)(f->dport >> 8), l4[3] = (unsigned char)f->dport;
		l4[13] = (unsigned char)f->flags;
	}
	assert_int_equal(bpf(BPF_PROG_TEST_RUN, &a), 0);
	return (int)a.test.retval;
}

#define GUEST "10.0.2.15"
#define HOST "10.0.2.2"
#define WORLD "192.0.2.7"

static void check(int program, int want, const struct frame *f)
{
	if (pass(program, f) != want)
		fail_msg("to %s, protocol %d, port %d, flags %x, part %x, type %x: not %d", f->to, f->protocol,
			 f->dport, f->flags, f->part, f->type, want);
}

#define NEEDS_BPF                                                                                                      \
	if (why) {                                                                                                     \
		print_message("# skipped: this user may load no programs into the kernel: %s\n", why);                 \
		skip();                                                                                                \
	}

static void test_what_goes_to_the_host(void **state)
{
	static const struct frame dropped[] = {
		{ GUEST, HOST, 6, 40000, 22, 0x02, 0, 0, 0 },	     /* a connection */
		{ "172.17.0.2", HOST, 6, 40000, 22, 0xc2, 0, 0, 0 }, /* with ECN's flags */
		{ GUEST, HOST, 6, 40000, 22, 0x03, 0, 0, 0 },	     /* SYN and FIN */
		{ GUEST, HOST, 6, 40000, 22, 0x02, 0, 0, 3 },	     /* behind options */
		{ GUEST, HOST, 6, 40000, 22, 0x10, 1, 0, 0 },	     /* flags in a later part */
		{ GUEST, "10.0.2.3", 6, 40000, 80, 0x02, 0, 0, 0 },
		{ GUEST, HOST, 6, 40000, 53, 0x02, 0, 0, 0 },
		{ GUEST, "127.0.0.1", 6, 40000, 22, 0x02, 0, 0, 0 },
		{ GUEST, "127.9.9.9", 17, 40000, 22, 0, 0, 0, 0 },
		{ GUEST, "0.0.0.0", 6, 40000, 22, 0x02, 0, 0, 0 },
		{ GUEST, HOST, 17, 40000, 53, 0, 0, 0, 0 },
		{ GUEST, HOST, 1, 0, 0, 8, 0, 0, 0 },
		{ GUEST, HOST, 47, 0, 0, 0, 0, 0, 0 },
		{ GUEST, HOST, 6, 40000, 22, 0x02, 0, 0x86dd, 0 }, /* IPv6 */
		{ GUEST, HOST, 6, 40000, 22, 0x02, 0, 0x8100, 0 }, /* in a VLAN */
	};

	(void)state;
	NEEDS_BPF
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		check(out, DROP, &dropped[i]);
}

static void test_what_stays_open(void **state)
{
	static const struct frame open[] = {
		{ GUEST, WORLD, 6, 40000, 22, 0x02, 0, 0, 0 },
		{ GUEST, WORLD, 17, 40000, 22, 0, 0, 0, 0 },
		{ GUEST, WORLD, 47, 0, 0, 0, 0, 0, 0 },
		{ GUEST, WORLD, 6, 40000, 22, 0x02, 1, 0, 0 },
		{ GUEST, HOST, 6, 2376, 40000, 0x12, 0, 0, 0 }, /* parts of the host's own connections */
		{ GUEST, HOST, 6, 2376, 40000, 0x10, 0, 0, 0 },
		{ GUEST, HOST, 6, 2376, 40000, 0x11, 0, 0, 0 },
		{ GUEST, HOST, 6, 2376, 40000, 0x04, 0, 0, 0 },
		{ GUEST, "10.0.2.3", 17, 40000, 53, 0, 0, 0, 0 },
		{ GUEST, "10.0.2.3", 6, 40000, 53, 0x02, 0, 0, 0 },
		{ GUEST, HOST, 17, 68, 67, 0, 0, 0, 0 },
		{ GUEST, HOST, 1, 0, 0, 0, 0, 0, 0 },	   /* echo's answer */
		{ GUEST, HOST, 0, 0, 0, 0, 0, 0x0806, 0 }, /* ARP */
	};

	(void)state;
	NEEDS_BPF
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		check(out, NEXT, &open[i]);
}

static void test_datagrams_are_answered(void **state)
{
	const struct frame asks = { HOST, GUEST, 17, 5000, 9999, 0, 0, 0, 0 };
	const struct frame answer = { GUEST, HOST, 17, 9999, 5000, 0, 0, 0, 0 };
	const struct frame other = { GUEST, HOST, 17, 9999, 5001, 0, 0, 0, 0 };

	(void)state;
	NEEDS_BPF
	check(out, DROP, &answer);
	check(in, NEXT, &asks);
	check(out, NEXT, &answer);
	check(out, DROP, &other);
}

static void test_too_many_networks(void **state)
{
	static struct net_config c[NET_MAX];
	static struct bpf_insn insn[GUARD_MAX];

	(void)state;
	for (size_t i = 0; i < NET_MAX; i++)
		c[i].closed_count = NET_CLOSED;
	assert_true(guard_program(c, NET_MAX, 3, true, insn) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_goes_to_the_host),
		cmocka_unit_test(test_what_stays_open),
		cmocka_unit_test(test_datagrams_are_answered),
		cmocka_unit_test(test_too_many_networks),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
