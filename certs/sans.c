/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/sans.h"

#include <arpa/inet.h>
#include <string.h>

#define CERTS_DNS_MAX 253

bool certs_is_address(const char *text)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, buf) == 1 || inet_pton(AF_INET6, text, buf) == 1;
}

static bool certs_is_dns(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= CERTS_DNS_MAX &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-._*") == len;
}

struct err *certs_check_sans(const struct list *sans)
{
	for (size_t i = 0; i < sans->n; i++)
		if (!certs_is_address(sans->items[i]) && !certs_is_dns(sans->items[i]))
			return err_hint(
				err_new(ERR_USAGE, "'%s' is neither an IP address nor a DNS name", sans->items[i]),
				"Give each name of the machine by an option of its own: --tls-san NAME");
	return NULL;
}
