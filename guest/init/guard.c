/* SPDX-License-Identifier: Apache-2.0 */
#include "init/guard.h"

#include <arpa/inet.h>
#include <stdint.h>

#define GUARD_NEXT (-1)
#define GUARD_DROP 2

#define GUARD_FLOW_NS 180000000000LL

/* Where the program keeps things on its stack. */
#define AT_TYPE (-8)   /* of the frame */
#define AT_IP (-32)    /* the header, without its options */
#define AT_PORTS (-48) /* the first 14 bytes behind it */
#define AT_KEY (-64)
#define AT_NOW (-72)

enum label {
	TO_PASS,
	TO_DROP,
	TO_CLOSED,
	TO_TCP,
	TO_UDP,
	TO_ICMP,
	TO_NAMES,
	TO_FLOW,
	TO_WHOLE,
	LABELS
};

struct code {
	struct bpf_insn *insn;
	size_t count;
	size_t at[LABELS];
	unsigned char to[GUARD_MAX]; /* label + 1 that a jump goes to */
};

static void op(struct code *c, int code, int dst, int src, int off, int imm)
{
	if (c->count < GUARD_MAX)
		c->insn[c->count] = (struct bpf_insn){ .code = (unsigned char)code,
						       .dst_reg = (unsigned char)dst & 0xf,
						       .src_reg = (unsigned char)src & 0xf,
						       .off = (short)off,
						       .imm = imm };
	c->count++;
}

static void jump(struct code *c, int kind, int dst, int imm, enum label to)
{
	if (c->count < GUARD_MAX)
		c->to[c->count] = (unsigned char)(to + 1);
	op(c, BPF_JMP32 | kind | BPF_K, dst, 0, 0, imm);
}

static void go(struct code *c, enum label to)
{
	if (c->count < GUARD_MAX)
		c->to[c->count] = (unsigned char)(to + 1);
	op(c, BPF_JMP | BPF_JA, 0, 0, 0, 0);
}

static void here(struct code *c, enum label label)
{
	c->at[label] = c->count;
}

static void load(struct code *c, int size, int dst, int src, int off)
{
	op(c, BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}

static void store(struct code *c, int size, int off, int src)
{
	op(c, BPF_STX | BPF_MEM | size, BPF_REG_10, src, off, 0);
}

static void set(struct code *c, int dst, int imm)
{
	op(c, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static void copy(struct code *c, int dst, int src)
{
	op(c, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void stack(struct code *c, int dst, int off)
{
	copy(c, dst, BPF_REG_10);
	op(c, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, off);
}

static void wide(struct code *c, int dst, int src, int64_t value)
{
	op(c, BPF_LD | BPF_DW | BPF_IMM, dst, src, 0, (int)value);
	op(c, 0, 0, 0, 0, (int)(value >> 32));
}

/* `len` bytes of the frame (context in r6), from the place in r2, to the stack; a frame that has not so many is dropped. */
static void fetch(struct code *c, int to, int len)
{
	copy(c, BPF_REG_1, BPF_REG_6);
	stack(c, BPF_REG_3, to);
	set(c, BPF_REG_4, len);
	op(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_load_bytes);
	jump(c, BPF_JNE, BPF_REG_0, 0, TO_DROP);
}

/* To `closed` if the address in r7 is in a closed network, or one that means this very host. */
static void closed(struct code *c, const struct net_config *nets, size_t count)
{
	static const unsigned char host[] = { 127, 0 };

	for (size_t i = 0; i < sizeof(host); i++) {
		copy(c, BPF_REG_1, BPF_REG_7);
		op(c, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, (int)htonl(0xff000000));
		jump(c, BPF_JEQ, BPF_REG_1, (int)htonl((uint32_t)host[i] << 24), TO_CLOSED);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < nets[i].closed_count; k++) {
			const struct net_range *r = &nets[i].closed[k];
			uint32_t mask = r->prefix ? htonl(~0U << (32 - r->prefix)) : 0;

			copy(c, BPF_REG_1, BPF_REG_7);
			op(c, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, (int)mask);
			jump(c, BPF_JEQ, BPF_REG_1, (int)(r->address.s_addr & mask), TO_CLOSED);
		}
	}
	go(c, TO_PASS);
}

/* The frame's type must be that of IPv4, or ARP's; its header comes to the stack. What was put into it for the card alone
 * (a VLAN) and what the sender says of it (its protocol) may differ from what is in it. */
static void header(struct code *c)
{
	copy(c, BPF_REG_6, BPF_REG_1);
	load(c, BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct __sk_buff, vlan_present));
	jump(c, BPF_JNE, BPF_REG_1, 0, TO_DROP);
	set(c, BPF_REG_2, 12);
	fetch(c, AT_TYPE, 2);
	load(c, BPF_H, BPF_REG_1, BPF_REG_10, AT_TYPE);
	jump(c, BPF_JEQ, BPF_REG_1, htons(0x0806), TO_PASS);
	jump(c, BPF_JNE, BPF_REG_1, htons(0x0800), TO_DROP);
	set(c, BPF_REG_2, 14);
	fetch(c, AT_IP, 20);
}

/* r8: where the header ends. */
static void header_end(struct code *c)
{
	load(c, BPF_B, BPF_REG_8, BPF_REG_10, AT_IP);
	op(c, BPF_ALU | BPF_AND | BPF_K, BPF_REG_8, 0, 0, 0xf);
	op(c, BPF_ALU | BPF_LSH | BPF_K, BPF_REG_8, 0, 0, 2);
	jump(c, BPF_JLT, BPF_REG_8, 20, TO_DROP);
	op(c, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_8, 0, 0, 14);
}

/* The key of a flow: who is far, who is here. Where the addresses and ports lie depends on the direction. */
static void flow_key(struct code *c, bool out)
{
	load(c, BPF_W, BPF_REG_1, BPF_REG_10, AT_IP + (out ? 16 : 12));
	store(c, BPF_W, AT_KEY, BPF_REG_1);
	load(c, BPF_W, BPF_REG_1, BPF_REG_10, AT_IP + (out ? 12 : 16));
	store(c, BPF_W, AT_KEY + 4, BPF_REG_1);
	load(c, BPF_H, BPF_REG_1, BPF_REG_10, AT_PORTS + (out ? 2 : 0));
	store(c, BPF_H, AT_KEY + 8, BPF_REG_1);
	load(c, BPF_H, BPF_REG_1, BPF_REG_10, AT_PORTS + (out ? 0 : 2));
	store(c, BPF_H, AT_KEY + 10, BPF_REG_1);
}

/* r9: the protocol. A later part of a datagram says nothing of its ports, but without the first it is nothing; TCP's flags
 * could come in it. */
static void parts(struct code *c)
{
	load(c, BPF_B, BPF_REG_9, BPF_REG_10, AT_IP + 9);
	load(c, BPF_H, BPF_REG_1, BPF_REG_10, AT_IP + 6);
	op(c, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, htons(0x1fff));
	jump(c, BPF_JEQ, BPF_REG_1, 0, TO_WHOLE);
	jump(c, BPF_JEQ, BPF_REG_9, IPPROTO_UDP, TO_PASS);
	jump(c, BPF_JEQ, BPF_REG_9, IPPROTO_ICMP, TO_PASS);
	go(c, TO_DROP);
	here(c, TO_WHOLE);
	copy(c, BPF_REG_2, BPF_REG_8);
	jump(c, BPF_JEQ, BPF_REG_9, IPPROTO_TCP, TO_TCP);
	jump(c, BPF_JEQ, BPF_REG_9, IPPROTO_UDP, TO_UDP);
	jump(c, BPF_JEQ, BPF_REG_9, IPPROTO_ICMP, TO_ICMP);
	go(c, TO_DROP);
}

/* Name servers answer at port 53, whatever network they are in. */
static void names(struct code *c, const struct net_config *nets, size_t count)
{
	load(c, BPF_H, BPF_REG_1, BPF_REG_10, AT_PORTS + 2);
	jump(c, BPF_JNE, BPF_REG_1, htons(53), TO_FLOW);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < nets[i].dns_count; k++)
			jump(c, BPF_JEQ, BPF_REG_7, (int)nets[i].dns[k].s_addr, TO_PASS);
	here(c, TO_FLOW);
	jump(c, BPF_JEQ, BPF_REG_9, IPPROTO_TCP, TO_DROP);
}

static void flow_known(struct code *c, int map, bool dhcp)
{
	if (dhcp) { /* both ports at once */
		load(c, BPF_W, BPF_REG_1, BPF_REG_10, AT_PORTS);
		jump(c, BPF_JEQ, BPF_REG_1, (int)htonl(68 << 16 | 67), TO_PASS);
	}
	flow_key(c, true);
	wide(c, BPF_REG_1, BPF_PSEUDO_MAP_FD, map);
	stack(c, BPF_REG_2, AT_KEY);
	op(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	/* 64 bits: it is a pointer. */
	c->to[c->count < GUARD_MAX ? c->count : 0] = TO_DROP + 1;
	op(c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, 0);
	copy(c, BPF_REG_7, BPF_REG_0);
	op(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns);
	load(c, BPF_DW, BPF_REG_8, BPF_REG_7, 0);
	copy(c, BPF_REG_1, BPF_REG_0);
	op(c, BPF_ALU64 | BPF_SUB | BPF_X, BPF_REG_1, BPF_REG_8, 0, 0);
	wide(c, BPF_REG_2, 0, GUARD_FLOW_NS);
	c->to[c->count < GUARD_MAX ? c->count : 0] = TO_DROP + 1;
	op(c, BPF_JMP | BPF_JGT | BPF_X, BPF_REG_1, BPF_REG_2, 0, 0);
	op(c, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_0, 0, 0);
	go(c, TO_PASS);
}

static void leaving(struct code *c, const struct net_config *nets, size_t count, int map)
{
	static const unsigned char icmp[] = { 0, 3, 11, 12 }; /* echo's answer; errors */
	bool dhcp = false;

	for (size_t i = 0; i < count; i++)
		dhcp |= nets[i].dhcp;
	load(c, BPF_W, BPF_REG_7, BPF_REG_10, AT_IP + 16);
	closed(c, nets, count);
	here(c, TO_CLOSED);
	header_end(c);
	parts(c);
	here(c, TO_TCP);
	fetch(c, AT_PORTS, 14);
	load(c, BPF_B, BPF_REG_1, BPF_REG_10, AT_PORTS + 13);
	op(c, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, 0x12); /* SYN and ACK */
	jump(c, BPF_JNE, BPF_REG_1, 0x02, TO_PASS);
	go(c, TO_NAMES);
	here(c, TO_UDP);
	fetch(c, AT_PORTS, 8);
	here(c, TO_NAMES);
	names(c, nets, count);
	flow_known(c, map, dhcp);
	here(c, TO_ICMP);
	fetch(c, AT_PORTS, 1);
	load(c, BPF_B, BPF_REG_1, BPF_REG_10, AT_PORTS);
	for (size_t i = 0; i < sizeof(icmp); i++)
		jump(c, BPF_JEQ, BPF_REG_1, icmp[i], TO_PASS);
	go(c, TO_DROP);
}

static void entering(struct code *c, const struct net_config *nets, size_t count, int map)
{
	load(c, BPF_W, BPF_REG_7, BPF_REG_10, AT_IP + 12);
	closed(c, nets, count);
	here(c, TO_CLOSED);
	load(c, BPF_B, BPF_REG_1, BPF_REG_10, AT_IP + 9);
	jump(c, BPF_JNE, BPF_REG_1, IPPROTO_UDP, TO_PASS);
	load(c, BPF_H, BPF_REG_1, BPF_REG_10, AT_IP + 6);
	op(c, BPF_ALU | BPF_AND | BPF_K, BPF_REG_1, 0, 0, htons(0x1fff));
	jump(c, BPF_JNE, BPF_REG_1, 0, TO_PASS);
	header_end(c);
	copy(c, BPF_REG_2, BPF_REG_8);
	fetch(c, AT_PORTS, 8);
	flow_key(c, false);
	op(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns);
	store(c, BPF_DW, AT_NOW, BPF_REG_0);
	wide(c, BPF_REG_1, BPF_PSEUDO_MAP_FD, map);
	stack(c, BPF_REG_2, AT_KEY);
	stack(c, BPF_REG_3, AT_NOW);
	set(c, BPF_REG_4, BPF_ANY);
	op(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_update_elem);
}

static void ends(struct code *c, bool out)
{
	here(c, TO_PASS);
	set(c, BPF_REG_0, GUARD_NEXT);
	op(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	here(c, TO_DROP); /* what enters is only looked at */
	set(c, BPF_REG_0, out ? GUARD_DROP : GUARD_NEXT);
	op(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

size_t guard_program(const struct net_config *nets, size_t count, int map, bool out, struct bpf_insn ret[GUARD_MAX])
{
	struct code c = { .insn = ret };

	header(&c);
	if (out)
		leaving(&c, nets, count, map);
	else
		entering(&c, nets, count, map);
	ends(&c, out);
	if (c.count > GUARD_MAX)
		return 0;
	for (size_t i = 0; i < c.count; i++)
		if (c.to[i])
			ret[i].off = (short)(c.at[c.to[i] - 1] - i - 1);
	return c.count;
}
