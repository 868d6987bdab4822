/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_fail.h"

#include <string.h>

#include "base/mem.h"

/* "connection refused" and its like in plain words. */
static struct err *http_no_connection(CURL *easy)
{
	long reason = 0;
	char buf[128];

	http_curl.curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &reason);
	if (!reason)
		return err_new(ERR_NETWORK, "cannot connect");

	auto_free char *text = xstrdup(strerror_r((int)reason, buf, sizeof(buf)));

	if (text[0] >= 'A' && text[0] <= 'Z')
		text[0] |= 0x20;
	return err_new(ERR_NETWORK, "%s", text);
}

/*
 * A broken handshake is a question of trust only when one side says so. A forwarded port that nobody listens behind yet
 * is accepted and closed at once, which curl reports as a TLS error, too.
 */
static struct err *http_tls_failure(const char *reason)
{
	static const char *const closed[] = { "SYSCALL", "eset by peer", "unexpected eof", "nexpected EOF" };

	for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
		if (strstr(reason, closed[i]))
			return err_new(ERR_NETWORK, "connection closed during the TLS handshake");
	return err_new(ERR_AUTH, "%s", reason);
}

struct err *http_fail(CURL *easy, CURLcode code, const char *reason, int timeout_ms)
{
	if (!*reason)
		reason = http_curl.curl_easy_strerror(code);
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		if (timeout_ms % 1000 == 0)
			return err_new(ERR_TIMEOUT, "no answer within %d s", timeout_ms / 1000);
		return err_new(ERR_TIMEOUT, "no answer within %d ms", timeout_ms);
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_new(ERR_NETWORK, "host not found");
	case CURLE_COULDNT_CONNECT:
		return http_no_connection(easy);
	case CURLE_GOT_NOTHING:
		return err_new(ERR_NETWORK, "connection closed without an answer");
	case CURLE_SSL_CONNECT_ERROR:
		return http_tls_failure(reason);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return err_new(ERR_AUTH, "%s", reason);
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		/* With TLS 1.3 the other side refuses our certificate only after the handshake, by an alert. */
		return err_new(strstr(reason, "alert") ? ERR_AUTH : ERR_NETWORK, "%s", reason);
	default:
		return err_new(ERR_FAILED, "%s", reason);
	}
}
