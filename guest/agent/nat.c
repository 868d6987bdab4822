/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/nat.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>

#define NAT_CHAIN "DOCKER"
#define NAT_MAX (4 << 20)

/* The one destination port that the rule's match for its protocol asks for; 0: none. */
static uint16_t nat_port(const unsigned char *rule, size_t target)
{
	size_t at = sizeof(struct ipt_entry);
	struct xt_entry_match m;

	for (; at + sizeof(m) <= target; at += m.u.match_size) {
		struct xt_tcp tcp;
		struct xt_udp udp;

		memcpy(&m, rule + at, sizeof(m));
		if (m.u.match_size < sizeof(m) || m.u.match_size > target - at)
			return 0;
		if (strncmp(m.u.user.name, "tcp", sizeof(m.u.user.name)) == 0 &&
		    m.u.match_size >= sizeof(m) + sizeof(tcp)) {
			memcpy(&tcp, rule + at + sizeof(m), sizeof(tcp));
			return tcp.dpts[0] == tcp.dpts[1] ? tcp.dpts[0] : 0;
		}
		if (strncmp(m.u.user.name, "udp", sizeof(m.u.user.name)) == 0 &&
		    m.u.match_size >= sizeof(m) + sizeof(udp)) {
			memcpy(&udp, rule + at + sizeof(m), sizeof(udp));
			return udp.dpts[0] == udp.dpts[1] ? udp.dpts[0] : 0;
		}
	}
	return 0;
}

static void nat_rule(const unsigned char *rule, const struct ipt_entry *e, struct ports *ret)
{
	struct xt_entry_target t;
	struct port p = { .address = e->ip.dst, .udp = e->ip.proto == IPPROTO_UDP };

	memcpy(&t, rule + e->target_offset, sizeof(t));
	p.number = nat_port(rule, e->target_offset);
	if (strncmp(t.u.user.name, "DNAT", sizeof(t.u.user.name)) == 0 && p.number != 0 && ret->count < PORTS_MAX &&
	    (p.udp || e->ip.proto == IPPROTO_TCP))
		ret->list[ret->count++] = p;
}

bool nat_parse(const unsigned char *entries, size_t size, const char *chain, struct ports *ret)
{
	size_t at = 0;
	bool inside = false;

	while (at < size) {
		struct ipt_entry e;
		struct xt_error_target t;
		size_t len;

		if (size - at < sizeof(e))
			return false;
		memcpy(&e, entries + at, sizeof(e));
		if (e.target_offset < sizeof(e) || e.next_offset < e.target_offset + sizeof(t.target) ||
		    e.next_offset > size - at)
			return false;
		memset(&t, 0, sizeof(t));
		len = (size_t)(e.next_offset - e.target_offset);
		memcpy(&t, entries + at + e.target_offset, len < sizeof(t) ? len : sizeof(t));
		/* A user's chain begins with such a target, which holds its name. */
		if (strncmp(t.target.u.user.name, XT_ERROR_TARGET, sizeof(t.target.u.user.name)) == 0)
			inside = strncmp(t.errorname, chain, sizeof(t.errorname)) == 0;
		else if (inside)
			nat_rule(entries + at, &e, ret);
		at += e.next_offset;
	}
	return true;
}

static struct ipt_get_entries *nat_read(int fd)
{
	struct ipt_getinfo info = { .name = "nat" };
	struct ipt_get_entries *got;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &len) != 0 || info.size > NAT_MAX)
		return NULL;
	len = (socklen_t)(sizeof(*got) + info.size);
	got = calloc(1, len);
	if (!got)
		return NULL;
	strcpy(got->name, "nat");
	got->size = info.size;
	/* EAGAIN: it changed meanwhile. Then another event follows. */
	if (getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, got, &len) == 0)
		return got;
	free(got);
	return NULL;
}

void nat_add(struct ports *ret)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct ipt_get_entries *got = fd >= 0 ? nat_read(fd) : NULL;

	if (got && nat_parse((const unsigned char *)got->entrytable, got->size, NAT_CHAIN, ret))
		ports_tidy(ret);
	free(got);
	if (fd >= 0)
		close(fd);
}
