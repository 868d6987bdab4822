/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/net/subnet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static uint32_t subnet_mask(int prefix)
{
	return prefix == 0 ? 0 : ~(uint32_t)0 << (32 - prefix);
}

bool subnet_address_parse(const char *text, uint32_t *ret)
{
	struct in_addr a;

	if (!text || inet_pton(AF_INET, text, &a) != 1)
		return false;
	*ret = ntohl(a.s_addr);
	return true;
}

char *subnet_address_text(uint32_t address)
{
	return xasprintf("%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

static bool subnet_prefix(const char *text, int *ret)
{
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 2 || atoi(text) > 32)
		return false;
	*ret = atoi(text);
	return true;
}

/* Ones, then zeros. */
static bool subnet_netmask(const char *text, int *ret)
{
	uint32_t mask;

	if (!subnet_address_parse(text, &mask))
		return false;
	*ret = mask ? 32 - __builtin_ctz(mask) : 0;
	return mask == subnet_mask(*ret);
}

bool subnet_make(const char *address, const char *netmask, const char *prefix, struct subnet *ret)
{
	uint32_t a;
	int bits;

	if (!subnet_address_parse(address, &a))
		return false;
	if (prefix) {
		if (!subnet_prefix(prefix, &bits))
			return false;
	} else if (netmask) {
		if (!subnet_netmask(netmask, &bits))
			return false;
	} else { /* libvirt's default: the old classes */
		bits = a >> 31 == 0 ? 8 : a >> 30 == 2 ? 16 : 24;
	}
	*ret = (struct subnet){ a & subnet_mask(bits), bits };
	return true;
}

bool subnet_parse(const char *text, struct subnet *ret)
{
	const char *slash = strchr(text, '/');
	auto_free char *address = xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));

	return subnet_make(address, NULL, slash ? slash + 1 : "32", ret);
}

char *subnet_text(const struct subnet *s)
{
	auto_free char *address = subnet_address_text(s->base);

	return xasprintf("%s/%d", address, s->prefix);
}

bool subnet_overlap(const struct subnet *a, const struct subnet *b)
{
	uint32_t mask = subnet_mask(a->prefix < b->prefix ? a->prefix : b->prefix);

	return (a->base & mask) == (b->base & mask);
}

bool subnet_has(const struct subnet *s, uint32_t address)
{
	return (address & subnet_mask(s->prefix)) == s->base;
}

uint32_t subnet_hosts(const struct subnet *s)
{
	return s->prefix >= 31 ? 0 : ~subnet_mask(s->prefix) - 1;
}

uint32_t subnet_host(const struct subnet *s, uint32_t index)
{
	return s->base + 1 + index;
}

bool subnet_candidate(unsigned n, struct subnet *ret)
{
	if (n >= 112)
		return false;
	*ret = (struct subnet){ n < 80 ? (uint32_t)10 << 24 | (160 + n) << 16 | 47 << 8
				       : (uint32_t)100 << 24 | n << 16 | 47 << 8,
				24 };
	return true;
}

size_t subnet_routes(const char *table, bool routed, struct subnet *ret, size_t max)
{
	size_t n = 0;

	/* "Iface Destination Gateway Flags RefCnt Use Metric Mask ...", numbers in hex as they lie in memory. */
	for (const char *line = strchr(table, '\n'); line && n < max; line = strchr(line + 1, '\n')) {
		unsigned destination, gateway, mask;
		int bits;

		if (sscanf(line + 1, "%*s %8x %8x %*x %*d %*d %*d %8x", &destination, &gateway, &mask) != 3 ||
		    mask == 0 || (routed && gateway == 0))
			continue;
		mask = ntohl(mask);
		bits = 32 - __builtin_ctz(mask);
		ret[n++] = (struct subnet){ ntohl(destination) & subnet_mask(bits), bits };
	}
	return n;
}
