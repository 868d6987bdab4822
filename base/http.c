/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/http_curl.h"
#include "base/http_fail.h"
#include "base/http_names.h"
#include "base/interrupt.h"
#include "base/mem.h"

#define HTTP_MAX_BODY (1u << 20)
#define HTTP_CONNECT_MS 15000 /* where the answer may take as long as it likes */
#define HTTP_PORTION 8	      /* requests that begin between two looks at what is done */

static http_fake_fn http_fake;
static void *http_fake_data;

/* One request on its way. */
struct http_transfer {
	struct http_request *request;
	CURL *easy;
	struct curl_slist *head; /* lines of it, NULL: none */
	struct err *refused;	 /* why what came was not taken, NULL: it was */
	bool doubtful;		 /* broke off right behind the handshake: see http_ask_again */
	char reason[CURL_ERROR_SIZE];
};

#define HTTP_TLS_1_2_ONLY (CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2)

void http_set_fake(http_fake_fn fn, void *data)
{
	http_fake = fn;
	http_fake_data = data;
}

void http_release(struct http_request *r)
{
	str_release(&r->body);
	err_free(r->err);
	r->err = NULL;
	r->status = 0;
}

static struct err *http_gather(struct http_request *r, const char *data, size_t len)
{
	size_t max = r->max_body ? r->max_body : HTTP_MAX_BODY;

	if (len > max - r->body.len)
		return err_new(ERR_FAILED, "the answer is larger than %zu bytes", max);
	str_add_mem(&r->body, data, len);
	return NULL;
}

/* Only what an answer that is none of an error brings is passed on: the reason for an error is short, and the caller's to read. */
static size_t http_take_part(char *data, size_t size, size_t n, void *user)
{
	struct http_transfer *t = user;
	struct http_request *r = t->request;
	long status = 0;

	http_curl.curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->refused = r->take && status < 400 ? r->take(r->data, data, size * n) : http_gather(r, data, size * n);
	return t->refused ? 0 : size * n;
}

static const char *http_method(const struct http_request *r)
{
	return r->method ? r->method : r->send ? "POST" : "GET";
}

/* What goes out behind the head, as libcurl calls it a POST; the word in the head is the method's. */
static CURLcode http_set_body(struct http_transfer *t)
{
	const struct http_request *r = t->request;
	auto_free char *type = xasprintf("Content-Type: %s", r->send_type ? r->send_type : "application/json");
	CURLcode code;

	code = http_curl.curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->send_len);
	if (code == CURLE_OK)
		code = http_curl.curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, r->send ? r->send : "");
	t->head = http_curl.curl_slist_append(t->head, type);
	/* Nobody is asked first whether the body may come. */
	t->head = http_curl.curl_slist_append(t->head, "Expect:");
	if (code == CURLE_OK)
		code = http_curl.curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->head);
	return code;
}

/* The first option that does not take ends the chain: no request goes out with less protection than meant. */
static CURLcode http_set_up(struct http_transfer *t, int timeout_ms)
{
	const struct http_request *r = t->request;
	CURLcode code = CURLE_OK;

#define HTTP_SET(option, value)                                                                                        \
	do {                                                                                                           \
		if (code == CURLE_OK)                                                                                  \
			code = http_curl.curl_easy_setopt(t->easy, option, value);                                     \
	} while (0)
	HTTP_SET(CURLOPT_URL, r->url);
	HTTP_SET(CURLOPT_ERRORBUFFER, t->reason);
	HTTP_SET(CURLOPT_PRIVATE, t);
	HTTP_SET(CURLOPT_WRITEFUNCTION, http_take_part);
	HTTP_SET(CURLOPT_WRITEDATA, t);
	HTTP_SET(CURLOPT_USERAGENT, "machine");
	/* Threads: curl must not use SIGALRM. */
	HTTP_SET(CURLOPT_NOSIGNAL, 1L);
	HTTP_SET(CURLOPT_NOPROXY, "*");
	HTTP_SET(CURLOPT_FOLLOWLOCATION, 0L);
	HTTP_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* A connection that another request left may be closed by now, which curl notices only while it writes (EPIPE). */
	HTTP_SET(CURLOPT_FRESH_CONNECT, 1L);
	HTTP_SET(CURLOPT_FORBID_REUSE, 1L);
	HTTP_SET(CURLOPT_TIMEOUT_MS, (long)(timeout_ms < 0 ? 0 : timeout_ms > 0 ? timeout_ms : 1));
	if (timeout_ms < 0)
		HTTP_SET(CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	if (r->send || str_eq(http_method(r), "POST"))
		code = code == CURLE_OK ? http_set_body(t) : code;
	if (!str_eq(http_method(r), "GET"))
		HTTP_SET(CURLOPT_CUSTOMREQUEST, http_method(r));
	if (r->unix_socket)
		HTTP_SET(CURLOPT_UNIX_SOCKET_PATH, r->unix_socket);
	HTTP_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	HTTP_SET(CURLOPT_SSL_VERIFYPEER, 1L);
	HTTP_SET(CURLOPT_SSL_VERIFYHOST, 2L);
	HTTP_SET(CURLOPT_CERTINFO, 1L);
	/* Distributions build a folder of public CAs in. None of them may vouch for a machine. */
	HTTP_SET(CURLOPT_CAPATH, NULL);
	HTTP_SET(CURLOPT_CAINFO, r->ca_file);
	if (r->cert_file)
		HTTP_SET(CURLOPT_SSLCERT, r->cert_file);
	if (r->key_file)
		HTTP_SET(CURLOPT_SSLKEY, r->key_file);
#undef HTTP_SET
	return code;
}

static struct err *http_prepare(struct http_transfer *t, int timeout_ms)
{
	const struct http_request *r = t->request;
	CURLcode code;

	/* Plain HTTP only where the file system guards the way. */
	if (!str_starts(r->url, "https://") && !(r->unix_socket && str_starts(r->url, "http://")))
		return err_new(ERR_FAILED, "cannot ask '%s': only https is asked", r->url);
	if (!r->unix_socket && !r->ca_file)
		return err_new(ERR_FAILED, "cannot ask '%s': no CA to trust", r->url);
	if (!r->unix_socket)
		TRY(http_names_can_check(http_curl.curl_version_info(CURLVERSION_NOW)->ssl_version));
	t->easy = http_curl.curl_easy_init();
	if (!t->easy)
		return err_new(ERR_FAILED, "cannot use libcurl");
	code = http_set_up(t, timeout_ms);
	if (code != CURLE_OK)
		return err_new(ERR_UNSUPPORTED, "cannot use libcurl: %s", http_curl.curl_easy_strerror(code));
	return NULL;
}

static struct http_transfer *http_finish(CURL *easy, CURLcode code, int timeout_ms)
{
	struct http_transfer *t = NULL;
	struct curl_certinfo *info = NULL;
	curl_off_t took_us = 0, handshake_us = 0;
	long status = 0;

	http_curl.curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	http_curl.curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took_us);
	http_curl.curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &handshake_us);
	http_curl.curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	t->request->took_us += took_us;
	if (code == CURLE_OK) {
		http_curl.curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info);
		if (str_starts(t->request->url, "https://"))
			t->request->err = http_names_check(info && info->num_of_certs > 0 ? info->certinfo[0] : NULL,
							   t->request->url);
		t->request->status = t->request->err ? 0 : (int)status;
		t->doubtful = false;
		return t;
	}
	t->request->err = t->refused ? TAKE(t->refused) : http_fail(easy, code, t->reason, timeout_ms);
	t->doubtful = str_eq(http_method(t->request), "GET") &&
		      (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR) && handshake_us && !status &&
		      t->request->err->code == ERR_NETWORK;
	return t;
}

static void http_drop(CURLM *multi, struct http_transfer *t)
{
	if (!t->easy)
		return;
	http_curl.curl_multi_remove_handle(multi, t->easy);
	http_curl.curl_easy_cleanup(t->easy);
	http_curl.curl_slist_free_all(t->head);
	t->easy = NULL;
	t->head = NULL;
}

/* What goes without waiting. A transfer that is done is dropped at once: each takes 18 KiB. */
static struct err *http_step(CURLM *multi, int timeout_ms, int *running)
{
	CURLMsg *message;
	int left;

	TRY(interrupt_check());
	if (http_curl.curl_multi_perform(multi, running) != CURLM_OK)
		return err_new(ERR_FAILED, "cannot use libcurl");
	while ((message = http_curl.curl_multi_info_read(multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		struct http_transfer *t = http_finish(message->easy_handle, message->data.result, timeout_ms);
		if (!t->doubtful)
			http_drop(multi, t);
	}
	return NULL;
}

static struct err *http_run(CURLM *multi, int timeout_ms)
{
	int running = 0;

	for (;;) {
		struct curl_waitfd interrupt = { .fd = interrupt_fd(), .events = CURL_WAIT_POLLIN };

		TRY(http_step(multi, timeout_ms, &running));
		if (!running)
			return NULL;
		if (http_curl.curl_multi_poll(multi, &interrupt, interrupt.fd >= 0, 1000, NULL) != CURLM_OK)
			return err_new(ERR_FAILED, "cannot use libcurl");
	}
}

/* A connection that broke off for no reason that curl knows of. */
static struct err *http_settle(struct http_transfer *t, struct err *first)
{
	struct http_request *r = t->request;

	/* A server without TLS 1.2 says so by an alert, too, but that tells nothing. */
	if (r->status || (r->err && r->err->code == ERR_AUTH && !strstr(t->reason, "protocol version"))) {
		err_free(first);
		return TAKE(r->err);
	}
	err_free(TAKE(r->err));
	err_free(first);
	return err_new(ERR_NETWORK, "connection closed without an answer");
}

/*
 * With TLS 1.3 a server looks at our certificate after its end of the handshake. When it refuses it and hangs up while
 * we write, its alert is lost with the connection, and it looks like an engine that is still starting. With TLS 1.2
 * that is part of the handshake: so ask those again with it, in the time that is left.
 */
static struct err *http_ask_again(CURLM *multi, struct http_transfer *transfers, size_t n, int timeout_ms)
{
	auto_free struct err **first = xcalloc(n, sizeof(*first));
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		struct http_transfer *t = &transfers[i];
		long left_ms = timeout_ms - (long)(t->doubtful ? t->request->took_us / 1000 : 0);

		if (!t->doubtful)
			continue;
		any = true;
		first[i] = TAKE(t->request->err);
		t->reason[0] = '\0';
		http_curl.curl_multi_remove_handle(multi, t->easy);
		http_curl.curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, (long)HTTP_TLS_1_2_ONLY);
		http_curl.curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, left_ms > 0 ? left_ms : 1);
		http_curl.curl_multi_add_handle(multi, t->easy);
	}

	struct err *err = any ? http_run(multi, timeout_ms) : NULL;

	for (size_t i = 0; i < n; i++)
		if (first[i])
			transfers[i].request->err = http_settle(&transfers[i], first[i]);
	return err;
}

static void http_begin(struct http_transfer *t, CURLM *multi, struct http_request *r, int timeout_ms)
{
	http_release(r);
	r->took_us = 0;
	t->request = r;
	r->err = http_prepare(t, timeout_ms);
	if (!r->err)
		http_curl.curl_multi_add_handle(multi, t->easy);
}

/* All are on their way before any is waited for; those that are refused at once make room for the next. */
static struct err *http_begin_all(struct http_transfer *transfers, CURLM *multi, struct http_request *requests,
				  size_t n, int timeout_ms)
{
	int running;

	for (size_t i = 0; i < n; i++) {
		http_begin(&transfers[i], multi, &requests[i], timeout_ms);
		if (i % HTTP_PORTION == HTTP_PORTION - 1)
			TRY(http_step(multi, timeout_ms, &running));
	}
	return NULL;
}

struct err *http_ask_all(struct http_request *requests, size_t n, int timeout_ms)
{
	if (http_fake)
		return http_fake(requests, n, timeout_ms, http_fake_data);
	TRY(http_curl_load());

	auto_free struct http_transfer *transfers = xcalloc(n, sizeof(*transfers));
	CURLM *multi = http_curl.curl_multi_init();

	if (!multi)
		return err_new(ERR_FAILED, "cannot use libcurl");

	struct err *err = http_begin_all(transfers, multi, requests, n, timeout_ms);

	if (!err)
		err = http_run(multi, timeout_ms);
	if (!err)
		err = http_ask_again(multi, transfers, n, timeout_ms);
	for (size_t i = 0; i < n; i++)
		http_drop(multi, &transfers[i]);
	http_curl.curl_multi_cleanup(multi);
	return err;
}

struct err *http_ask(struct http_request *r, int timeout_ms)
{
	TRY(http_ask_all(r, 1, timeout_ms));
	return TAKE(r->err);
}
