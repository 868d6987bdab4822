/* SPDX-License-Identifier: Apache-2.0 */
#include "init/guard_apply.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/guard.h"

/* Younger than the headers of a build host may be. */
#define GUARD_TCX_INGRESS 46
#define GUARD_TCX_EGRESS 47

#define GUARD_CGROUP "/sys/fs/cgroup"
#define GUARD_FLOWS 1024
#define GUARD_CARDS 64 /* a machine with more gets no identity */

static int guard_links[2 * GUARD_CARDS]; /* they hold the programs */
static size_t guard_count;
static bool guard_sockets_done;

static int guard_bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int guard_flows(void)
{
	union bpf_attr a = {
		.map_type = BPF_MAP_TYPE_LRU_HASH, .key_size = 12, .value_size = 8, .max_entries = GUARD_FLOWS
	};

	return guard_bpf(BPF_MAP_CREATE, &a);
}

static int guard_load(const struct bpf_insn *insn, size_t count, unsigned type, unsigned attach)
{
	union bpf_attr a = { .prog_type = type,
			     .insn_cnt = (unsigned)count,
			     .insns = (uintptr_t)insn,
			     .license = (uintptr_t) "Apache-2.0",
			     .expected_attach_type = attach };

	return guard_bpf(BPF_PROG_LOAD, &a);
}

static bool guard_link(int program, unsigned card, unsigned attach, int *ret)
{
	union bpf_attr a = { .link_create = {
				     .prog_fd = (unsigned)program, .target_ifindex = card, .attach_type = attach } };

	*ret = guard_bpf(BPF_LINK_CREATE, &a);
	return *ret >= 0;
}

/* Whoever may open raw sockets could send past the programs by an option of a packet socket, or by a socket of the family
 * XDP, which needs options before it sends. Nobody may set these. */
static bool guard_sockets(void)
{
	enum {
		OK = 6,
		NO = 9
	};
	const struct bpf_insn insn[] = {
		{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct bpf_sockopt, level), 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 2, 0, NO - 2, 283 /* SOL_XDP */ },
		{ BPF_JMP | BPF_JNE | BPF_K, 2, 0, OK - 3, SOL_PACKET },
		{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct bpf_sockopt, optname), 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 2, 0, NO - 5, PACKET_QDISC_BYPASS },
		{ BPF_JMP | BPF_JA, 0, 0, OK - 6, 0 },
		/* OK: the value stays the caller's, however long it is. */
		{ BPF_ST | BPF_MEM | BPF_W, 1, 0, offsetof(struct bpf_sockopt, optlen), 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
		/* NO */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	int program =
		guard_load(insn, sizeof(insn) / sizeof(insn[0]), BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT);
	int group = open(GUARD_CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	union bpf_attr a = { .target_fd = (unsigned)group,
			     .attach_bpf_fd = (unsigned)program,
			     .attach_type = BPF_CGROUP_SETSOCKOPT,
			     .attach_flags = BPF_F_ALLOW_MULTI };
	bool ok = program >= 0 && group >= 0 && guard_bpf(BPF_PROG_ATTACH, &a) == 0;

	if (program >= 0)
		close(program);
	if (group >= 0)
		close(group);
	return ok;
}

static bool guard_direction(const struct net_config *nets, size_t count, int flows, bool out, int links[], size_t *n)
{
	static struct bpf_insn insn[GUARD_MAX];
	char cards[GUARD_CARDS + 1][IFNAMSIZ];
	unsigned attach = out ? GUARD_TCX_EGRESS : GUARD_TCX_INGRESS;
	size_t len = guard_program(nets, count, flows, out, insn), have = net_list(cards, GUARD_CARDS + 1);
	int program = len > 0 ? guard_load(insn, len, BPF_PROG_TYPE_SCHED_CLS, attach) : -1;
	bool ok = program >= 0 && have <= GUARD_CARDS;

	for (size_t i = 0; ok && i < have; i++) {
		ok = guard_link(program, if_nametoindex(cards[i]), attach, &links[*n]);
		*n += ok;
	}
	if (program >= 0)
		close(program);
	return ok;
}

const char *guard_apply(const struct net_config *nets, size_t count)
{
	int links[2 * GUARD_CARDS], flows;
	size_t n = 0, closed = 0;
	bool ok;

	for (size_t i = 0; i < count; i++)
		closed += nets[i].closed_count;
	if (closed == 0 && guard_count == 0)
		return NULL;
	flows = closed > 0 ? guard_flows() : -1;
	ok = closed == 0 || (flows >= 0 && (guard_sockets_done || guard_sockets()) &&
			     guard_direction(nets, count, flows, false, links, &n) &&
			     guard_direction(nets, count, flows, true, links, &n));
	guard_sockets_done |= ok;
	if (flows >= 0)
		close(flows);
	/* The old ones end when the new ones are there, or the new ones where they are not whole. */
	for (size_t i = 0; i < (ok ? guard_count : n); i++)
		close(ok ? guard_links[i] : links[i]);
	if (!ok)
		return "cannot close networks: no guard on the cards";
	memcpy(guard_links, links, n * sizeof(links[0]));
	guard_count = n;
	return NULL;
}
