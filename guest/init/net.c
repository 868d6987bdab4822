/* SPDX-License-Identifier: Apache-2.0 */
#include "init/net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/file.h"

bool net_range_parse(const char *text, struct net_range *ret)
{
	char address[INET_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	unsigned prefix = 32;

	if (len == 0 || len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (text[len] == '/') {
		const char *digits = text + len + 1;

		if (strlen(digits) > 2 || !isdigit((unsigned char)digits[0]) ||
		    strspn(digits, "0123456789") != strlen(digits))
			return false;
		prefix = (unsigned)atoi(digits);
	}
	if (prefix > 32 || inet_pton(AF_INET, address, &ret->address) != 1)
		return false;
	ret->prefix = prefix;
	return true;
}

static bool net_mac_parse(const char *text, char mac[18])
{
	if (strlen(text) != 17)
		return false;
	for (int i = 0; i < 17; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i % 3 == 2 ? c != ':' : !isxdigit(c))
			return false;
		mac[i] = (char)tolower(c);
	}
	mac[17] = '\0';
	return true;
}

bool net_domain_ok(const char *name)
{
	static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len < 254 && strspn(name, ok) == len && name[0] != '.' && name[0] != '-' &&
	       !strstr(name, "..");
}

/* What is no name, or does not fit any more, is left out: it is a comfort. */
static void net_parse_search(const cJSON *network, struct net_config *c)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(network, "search")) {
		const char *name = cJSON_GetStringValue(item);
		size_t used = strlen(c->search);

		if (name && net_domain_ok(name) && used + strlen(name) + 2 <= sizeof(c->search))
			snprintf(c->search + used, sizeof(c->search) - used, "%s%s", used ? " " : "", name);
	}
}

static const char *net_parse_lists(const cJSON *network, struct net_config *c)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(network, "dns")) {
		if (c->dns_count == NET_DNS)
			break; /* a resolver looks at three */
		if (!cJSON_IsString(item) || inet_pton(AF_INET, item->valuestring, &c->dns[c->dns_count]) != 1)
			return "an entry of a network's 'dns' is no IPv4 address";
		c->dns_count++;
	}
	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(network, "closed")) {
		/* Never leave a network open silently: a list that does not fit is an error. */
		if (c->closed_count == NET_CLOSED)
			return "a network's 'closed' is too long";
		if (!cJSON_IsString(item) || !net_range_parse(item->valuestring, &c->closed[c->closed_count]))
			return "an entry of a network's 'closed' is no IPv4 network";
		c->closed_count++;
	}
	return NULL;
}

const char *net_parse(const cJSON *network, struct net_config *ret)
{
	const char *mode = json_text(network, "mode"), *mac = json_text(network, "mac");
	const char *address = json_text(network, "address"), *gateway = json_text(network, "gateway");

	memset(ret, 0, sizeof(*ret));
	ret->dhcp = mode && strcmp(mode, "dhcp") == 0;
	if (!mode || (!ret->dhcp && strcmp(mode, "static") != 0))
		return "a network's 'mode' is neither 'static' nor 'dhcp'";
	if (mac && *mac && !net_mac_parse(mac, ret->mac))
		return "a network's 'mac' is no Ethernet address";
	if (!ret->dhcp && (!address || !net_range_parse(address, &ret->address)))
		return "a network's 'address' is no IPv4 address with prefix";
	if (gateway && *gateway && inet_pton(AF_INET, gateway, &ret->gateway) != 1)
		return "a network's 'gateway' is no IPv4 address";
	net_parse_search(network, ret);
	return net_parse_lists(network, ret);
}

static const char *net_parse_further(const cJSON *item, const struct net_config *before, size_t count,
				     struct net_config *ret)
{
	const char *bad = net_parse(item, ret);

	if (bad)
		return bad;
	/* The first card may be any of them, once there are several. */
	if (!ret->mac[0] || !before->mac[0])
		return "with 'networks', each network needs a 'mac'";
	for (size_t i = 0; i < count; i++) {
		if (strcmp(before[i].mac, ret->mac) == 0)
			return "two networks have the same 'mac'";
	}
	ret->gateway.s_addr = 0;
	ret->dns_count = 0;
	ret->search[0] = '\0';
	return NULL;
}

const char *net_parse_all(const cJSON *machine, struct net_config ret[NET_MAX], size_t *ret_count)
{
	const cJSON *further = cJSON_GetObjectItemCaseSensitive(machine, "networks"), *item;
	const char *bad = net_parse(cJSON_GetObjectItemCaseSensitive(machine, "network"), ret);

	*ret_count = 1;
	if (further && (!cJSON_IsArray(further) || cJSON_GetArraySize(further) >= NET_MAX))
		return "'networks' is no list of at most three";
	cJSON_ArrayForEach (item, further) {
		if (!bad)
			bad = net_parse_further(item, ret, *ret_count, &ret[*ret_count]);
		++*ret_count;
	}
	return bad;
}

bool net_resolv(const struct net_config *c, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	if (c->search[0])
		len = (size_t)snprintf(buf, size, "search %s\n", c->search);
	if (len >= size)
		return false;
	for (size_t i = 0; i < c->dns_count; i++) {
		char text[INET_ADDRSTRLEN];
		int n;

		inet_ntop(AF_INET, &c->dns[i], text, sizeof(text));
		n = snprintf(buf + len, size - len, "nameserver %s\n", text);
		if (n < 0 || (size_t)n >= size - len)
			return false;
		len += (size_t)n;
	}
	return true;
}

/* Ethernet with hardware behind it: neither lo nor the engine's bridges and veths. */
static bool net_is_ethernet(const char *name)
{
	char path[128], type[16];

	snprintf(path, sizeof(path), "/sys/class/net/%.15s/device", name);
	if (access(path, F_OK) != 0)
		return false;
	snprintf(path, sizeof(path), "/sys/class/net/%.15s/type", name);
	return file_line(path, type, sizeof(type)) && atoi(type) == ARPHRD_ETHER;
}

size_t net_list(char names[][IFNAMSIZ], size_t max)
{
	struct if_nameindex *all = if_nameindex();
	size_t count = 0;

	/* The kernel's order is that of discovery: eth0 first. */
	for (struct if_nameindex *i = all; i && i->if_index != 0 && count < max; i++) {
		if (net_is_ethernet(i->if_name))
			snprintf(names[count++], IFNAMSIZ, "%.15s", i->if_name);
	}
	if (all)
		if_freenameindex(all);
	return count;
}

bool net_find(const char *mac, char name[IFNAMSIZ])
{
	char names[NET_CARDS][IFNAMSIZ], path[128], have[32];
	size_t count = net_list(names, NET_CARDS);

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%s/address", names[i]);
		if (*mac && (!file_line(path, have, sizeof(have)) || strcasecmp(have, mac) != 0))
			continue;
		memcpy(name, names[i], IFNAMSIZ);
		return true;
	}
	return false;
}

static int net_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static bool net_flag(const char *name, short flags, bool set)
{
	struct ifreq r = { 0 };
	int fd = net_socket();
	bool ok;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	ok = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &r) == 0;
	r.ifr_flags = (short)(set ? r.ifr_flags | flags : r.ifr_flags & ~flags);
	ok = ok && ioctl(fd, SIOCSIFFLAGS, &r) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

bool net_up(const char *name)
{
	return net_flag(name, IFF_UP | IFF_RUNNING, true);
}

bool net_down(const char *name)
{
	return net_flag(name, IFF_UP, false);
}

void net_loopback(void)
{
	net_up("lo"); /* the kernel adds 127.0.0.1 itself */
}

static void net_sockaddr(struct sockaddr *to, struct in_addr address)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = address };

	memcpy(to, &in, sizeof(in));
}

static bool net_address(int fd, const char *name, const struct net_range *a)
{
	struct ifreq r = { 0 };
	struct in_addr mask = { .s_addr = a->prefix ? htonl(~0U << (32 - a->prefix)) : 0 };
	struct in_addr broadcast = { .s_addr = a->address.s_addr | ~mask.s_addr };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	net_sockaddr(&r.ifr_addr, a->address);
	if (ioctl(fd, SIOCSIFADDR, &r) != 0)
		return false;
	net_sockaddr(&r.ifr_netmask, mask);
	if (ioctl(fd, SIOCSIFNETMASK, &r) != 0)
		return false;
	net_sockaddr(&r.ifr_broadaddr, broadcast);
	return a->prefix > 30 || ioctl(fd, SIOCSIFBRDADDR, &r) == 0;
}

static bool net_gateway(int fd, char *name, struct in_addr gateway)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = name };
	struct rtentry old = { .rt_flags = RTF_UP };
	struct in_addr any = { 0 };

	net_sockaddr(&old.rt_dst, any);
	net_sockaddr(&old.rt_genmask, any);
	ioctl(fd, SIOCDELRT, &old); /* of an earlier identity; mostly there is none */
	net_sockaddr(&route.rt_dst, any);
	net_sockaddr(&route.rt_genmask, any);
	net_sockaddr(&route.rt_gateway, gateway);
	return ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST;
}

const char *net_apply(const struct net_config *c, const char *name, bool closed)
{
	char device[IFNAMSIZ], path[128];
	const char *bad = NULL;
	int fd = net_socket();

	if (fd < 0)
		return "cannot open a socket";
	/* The firewall speaks IPv4: a router's advertisement must not open another way into a
	 * closed network. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	if (closed)
		file_put(path, "1");
	memcpy(device, name, sizeof(device));
	if (!c->dhcp && !net_address(fd, name, &c->address))
		bad = "cannot set the address";
	else if (!net_up(name))
		bad = "cannot bring the interface up";
	else if (!c->dhcp && c->gateway.s_addr != 0 && !net_gateway(fd, device, c->gateway))
		bad = "cannot set the gateway";
	close(fd);
	return bad;
}
