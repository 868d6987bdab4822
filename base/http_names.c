/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_names.h"

#include <arpa/inet.h>
#include <string.h>

#include <curl/curl.h>

#include "base/mem.h"
#include "base/str.h"

#define NAMES "X509v3 Subject Alternative Name:"

/* "https://[::1]:2376/x" and "https://host:2376/x"; the caller frees. */
static char *names_host(const char *url)
{
	const char *at = strstr(url, "://");

	at = at ? at + 3 : url;
	if (*at == '[')
		return xstrndup(at + 1, strcspn(at + 1, "]"));
	return xstrndup(at, strcspn(at, ":/"));
}

static bool names_is_address(const char *host)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, buf) == 1 || inet_pton(AF_INET6, host, buf) == 1;
}

struct err *http_names_check(const struct curl_slist *leaf, const char *url)
{
	auto_free char *host = names_host(url);
	const char *names = NULL;

	for (const struct curl_slist *i = leaf; i && !names; i = i->next)
		if (str_starts(i->data, NAMES))
			names = i->data + strlen(NAMES);
	/* With either kind of name libcurl looks at nothing else, and it has found one that fits. */
	if (names && (strstr(names, "IP Address:") || strstr(names, "DNS:")))
		return NULL;
	if (!names)
		return err_new(ERR_AUTH, "x509: certificate relies on legacy Common Name field, use SANs instead");
	if (names_is_address(host))
		return err_new(ERR_AUTH,
			       "x509: cannot validate certificate for %s because it doesn't contain any IP SANs", host);
	return err_new(ERR_AUTH, "x509: certificate is not valid for any names, but wanted to match %s", host);
}

struct err *http_names_can_check(const char *library)
{
	static const char *const good[] = { "OpenSSL/", "LibreSSL/", "BoringSSL", "AWS-LC", "quictls/" };
	const char *at = library ? library : "";

	/* "(OpenSSL/3.0.2) GnuTLS/3.7.3" where it was built with several: those in parentheses are not in use. */
	while (*at == '(')
		at += strcspn(at, " ") + strspn(at + strcspn(at, " "), " ");
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (str_starts(at, good[i]))
			return NULL;
	return err_hint(
		err_new(ERR_UNSUPPORTED, "libcurl here uses '%s', with which names in certificates are not checked",
			*at ? at : "no TLS"),
		"Install the libcurl that uses OpenSSL (Debian: apt install libcurl4), and see what is in its place: "
		"ldconfig -p | grep libcurl.so.4");
}
