/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/net/resolver.h"

#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "drivers/net/subnet.h"

#define FILE_MAX ((size_t)64 * 1024)
#define DOMAIN_MAX 253
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

void resolver_release(struct resolver *r)
{
	list_release(&r->servers);
	list_release(&r->search);
}

static bool is_domain(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= DOMAIN_MAX && strspn(text, LETTERS) == len && *text != '.' && *text != '-';
}

static void resolver_line(char *line, struct resolver *r)
{
	char *save = NULL, *word = strtok_r(line, " \t\r", &save);
	uint32_t address;

	if (!word)
		return;
	if (str_eq(word, "nameserver")) {
		word = strtok_r(NULL, " \t\r", &save);
		if (word && subnet_address_parse(word, &address) && address && r->servers.n < RESOLVER_SERVERS)
			list_add(&r->servers, word);
	} else if (str_eq(word, "search") || str_eq(word, "domain")) {
		list_release(&r->search);
		while ((word = strtok_r(NULL, " \t\r", &save)))
			if (is_domain(word) && r->search.n < RESOLVER_SEARCH)
				list_add(&r->search, word);
	}
}

void resolver_parse(const char *text, struct resolver *ret)
{
	auto_list lines = { 0 };

	*ret = (struct resolver){ 0 };
	list_split(&lines, text, '\n', true);
	for (size_t i = 0; i < lines.n; i++)
		resolver_line(lines.items[i], ret);
}

void resolver_host(struct resolver *ret)
{
	auto_free char *text = NULL;
	auto_err *none = fs_read("/etc/resolv.conf", FILE_MAX, &text, NULL);

	resolver_parse(none ? "" : text, ret);
}
