/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/hostonly.h"

#include <string.h>

#include "base/mem.h"
#include "drivers/virtualbox/lines.h"

#define DEFAULT_RULE "192.168.56.0/21"
#define PREFIX_MIN 8
#define PREFIX_MAX 29 /* the host and a few machines */

struct err *hostonly_parse(const char *cidr, struct hostonly *ret)
{
	const char *slash = strchr(cidr, '/');
	auto_free char *address = slash ? xstrndup(cidr, (size_t)(slash - cidr)) : NULL;

	if (!address || !subnet_address_parse(address, &ret->host) || !subnet_parse(cidr, &ret->net))
		return err_hint(err_new(ERR_USAGE, "'%s' is no address with a prefix", cidr),
				"For example: --virtualbox-hostonly-cidr 192.168.56.1/24");
	if (ret->net.prefix < PREFIX_MIN || ret->net.prefix > PREFIX_MAX)
		return err_hint(
			err_new(ERR_USAGE, "a host-only network of /%d has no room for machines", ret->net.prefix),
			"Take /24: --virtualbox-hostonly-cidr 192.168.56.1/24");
	if (ret->host == ret->net.base || ret->host == subnet_host(&ret->net, subnet_hosts(&ret->net) - 1) + 1)
		return err_hint(err_new(ERR_USAGE,
					"host-only cidr must be specified with a host address, not a network address"),
				"The first of it does: --virtualbox-hostonly-cidr 192.168.56.1/24");
	return NULL;
}

char *hostonly_netmask(const struct hostonly *h)
{
	return subnet_address_text(h->net.prefix ? ~0U << (32 - h->net.prefix) : 0);
}

/* One CIDR of a rule; IPv6 and nonsense are passed over. */
static bool rule_has(const char *word, uint32_t address, bool *ret_valid)
{
	struct subnet net;

	if (!strchr(word, '/') || !subnet_parse(word, &net))
		return false;
	*ret_valid = true;
	return subnet_has(&net, address);
}

/* "* CIDR CIDR ...", parted by blanks. A line with a word that is no network does not count at all. */
static bool rule_line(const struct line *l, uint32_t address, bool *valid)
{
	auto_free char *text = xstrndup(l->text, l->len);
	bool has = false;
	char *at = text + strspn(text, " \t"), *word;

	if (at[0] != '*' || (at[1] != ' ' && at[1] != '\t'))
		return false;
	at++;
	while ((word = strtok_r(at, " \t", &at)))
		has |= rule_has(word, address, valid);
	return has;
}

bool hostonly_is_allowed(const char *rules, uint32_t address)
{
	bool valid = false;
	struct subnet net;
	struct line l;

	for (const char *at = rules ? rules : ""; line_next(&at, &l);)
		if (rule_line(&l, address, &valid))
			return true;
	return !valid && subnet_parse(DEFAULT_RULE, &net) && subnet_has(&net, address);
}

bool hostonly_candidate(const struct hostonly *h, uint32_t start, unsigned n, uint32_t lower, uint32_t upper,
			uint32_t *ret)
{
	uint32_t hosts = subnet_hosts(&h->net);
	unsigned seen = 0;

	for (uint32_t i = 0; i < hosts; i++) {
		uint32_t address = subnet_host(&h->net, (start + i) % hosts);

		if (address == h->host || (address >= lower && address <= upper && upper))
			continue;
		if (seen++ < n)
			continue;
		*ret = address;
		return true;
	}
	return false;
}

void hostonly_dhcp_range(const struct hostonly *h, uint32_t *ret_server, uint32_t *ret_lower, uint32_t *ret_upper)
{
	uint32_t hosts = subnet_hosts(&h->net), last = subnet_host(&h->net, hosts - 1);
	uint32_t half = subnet_host(&h->net, hosts / 2);

	/* VirtualBox's own: .100, and .101 to .254. */
	*ret_server = h->net.prefix <= 24 ? h->net.base + 100 : half;
	*ret_lower = *ret_server + 1;
	*ret_upper = h->net.prefix <= 24 ? h->net.base + 254 : last;
	/* The host's own address among them: the range begins behind it, or ends before it. */
	if (h->host >= *ret_server && h->host < *ret_upper - 1) {
		*ret_server = h->host + 1;
		*ret_lower = h->host + 2;
	} else if (h->host == *ret_upper || h->host == *ret_upper - 1) {
		*ret_upper = h->host - 1;
	}
}
