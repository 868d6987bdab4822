/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a small TLS server of our own, on loopback, which asks for a client certificate as a gate does. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/http.h"
#include "base/http_names.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "tests/unit/tls_server.h"

static void server_answer(SSL *ssl, const char *request)
{
	static const struct {
		const char *path, *head, *body;
	} answers[] = {
		{ "GET /_ping ", "200 OK", "OK" },
		{ "GET /moved ", "302 Found\r\nLocation: /_ping", "gone" },
		{ "GET /none ", "404 Not Found", "{\"message\":\"page not found\"}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (str_starts(request, answers[i].path)) {
			auto_free char *text = xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
							 answers[i].head, strlen(answers[i].body), answers[i].body);

			SSL_write(ssl, text, (int)strlen(text));
		}
	if (str_starts(request, "GET /hang ")) {
		char buf[100];

		while (SSL_read(ssl, buf, sizeof(buf)) > 0)
			;
	}
	if (str_starts(request, "GET /flood ")) {
		char buf[4096] = "HTTP/1.1 200 OK\r\n\r\n";

		while (SSL_write(ssl, buf, sizeof(buf)) > 0)
			;
	}
	if (str_starts(request, "GET /parts "))
		SSL_write(ssl, "HTTP/1.1 200 OK\r\n\r\none two", 26);
	/* What came, but for the head's own lines. */
	if (strstr(request, " /echo ")) {
		auto_free char *word = xstrndup(request, strcspn(request, " "));
		auto_free char *text =
			xasprintf("HTTP/1.1 201 Created\r\n\r\n%s %s%s", word, strstr(request, "\r\n\r\n") + 4,
				  strcasestr(request, "Expect:") ? " expects" : "");

		SSL_write(ssl, text, (int)strlen(text));
	}
}

static int setup(void **state)
{
	(void)state;
	return tls_server_begin("test_base_http");
}

static int teardown(void **state)
{
	(void)state;
	return tls_server_end();
}

/* Ask our server; who names the client certificate, NULL for none. */
static struct err *get(const char *host, int port, const char *path, const char *ca, const char *who,
		       struct http_request *r, int timeout_ms)
{
	auto_free char *url = xasprintf("https://%s:%d%s", host, port, path);
	auto_free char *ca_file = xasprintf("%s/%s.pem", dir, ca);
	auto_free char *cert = xasprintf("%s/%s.pem", dir, who), *key = xasprintf("%s/%s-key.pem", dir, who);

	r->url = url;
	r->ca_file = ca_file;
	r->cert_file = who ? cert : NULL;
	r->key_file = who ? key : NULL;
	return http_ask(r, timeout_ms);
}

static void test_answers(void **state)
{
	static const struct {
		const char *path, *body;
		int status;
	} cases[] = {
		{ "/_ping", "OK", 200 },
		{ "/moved", "gone", 302 },
		{ "/none", "{\"message\":\"page not found\"}", 404 },
	};

	(void)state;
	/* What must not be looked at. */
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_request r = { .body = STR_INIT };
		auto_err *err = get("127.0.0.1", server_port, cases[i].path, "ca", "client", &r, 5000);

		assert_null(err);
		assert_int_equal(r.status, cases[i].status);
		assert_string_equal(r.body.buf, cases[i].body);
		assert_true(r.took_us > 0);
		http_release(&r);
	}
	unsetenv("https_proxy");
}

/* Bodies, other methods, and that nothing is asked before a large body goes out. */
static void test_send(void **state)
{
	static const struct {
		const char *method, *send, *want;
	} cases[] = {
		{ NULL, "{}", "POST {}" },
		{ "POST", NULL, "POST " },
		{ "PUT", "text", "PUT text" },
		{ "DELETE", NULL, "DELETE " },
	};
	auto_free char *large = xcalloc(1, 1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_request r = { .method = cases[i].method,
					  .send = cases[i].send,
					  .send_len = cases[i].send ? strlen(cases[i].send) : 0,
					  .body = STR_INIT };
		auto_err *err = get("127.0.0.1", server_port, "/echo", "ca", "client", &r, 5000);

		assert_null(err);
		assert_int_equal(r.status, 201);
		assert_string_equal(r.body.buf, cases[i].want);
		http_release(&r);
	}
	memset(large, 'x', (1 << 20) - 100);

	struct http_request r = { .send = large, .send_len = strlen(large), .max_body = 2 << 20, .body = STR_INIT };

	assert_null(get("127.0.0.1", server_port, "/echo", "ca", "client", &r, 20000));
	assert_int_equal(r.body.len, strlen(large) + 5);
	http_release(&r);
}

static struct err *take_some(void *data, const char *bytes, size_t len)
{
	struct str *taken = data;

	str_add_mem(taken, bytes, len);
	return strstr(taken->buf, "two") ? err_new(ERR_EXISTS, "enough") : NULL;
}

/* Parts as they come; whoever takes them ends the request. The reason for an error is gathered. */
static void test_take(void **state)
{
	auto_str taken = STR_INIT;
	struct http_request r = { .take = take_some, .data = &taken, .body = STR_INIT };
	auto_err *enough = get("127.0.0.1", server_port, "/parts", "ca", "client", &r, -1);

	(void)state;
	assert_int_equal(enough->code, ERR_EXISTS);
	assert_string_equal(taken.buf, "one two");
	assert_int_equal(r.body.len, 0);
	http_release(&r);
	assert_null(get("127.0.0.1", server_port, "/none", "ca", "client", &r, 5000));
	assert_int_equal(r.status, 404);
	assert_string_equal(r.body.buf, "{\"message\":\"page not found\"}");
	assert_string_equal(taken.buf, "one two");
	http_release(&r);
}

static void test_trust(void **state)
{
	static const struct {
		const char *host, *ca, *who;
	} cases[] = {
		{ "127.0.0.1", "other", "client" }, /* we do not trust it */
		{ "127.0.0.1", "ca", NULL },	    /* it does not trust us */
		{ "127.0.0.1", "ca", "stranger" },
		{ "localhost", "ca", "client" }, /* its certificate is for another name */
		{ "127.0.0.1", "missing", "client" },
		{ "127.0.0.1", "ca", "missing" },
	};

	(void)state;
	for (size_t version = 0; version < 2; version++) {
		SSL_CTX_set_max_proto_version(tls, version ? TLS1_2_VERSION : TLS1_3_VERSION);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			struct http_request r = { .body = STR_INIT };
			auto_err *err = get(cases[i].host, server_port, "/_ping", cases[i].ca, cases[i].who, &r, 5000);

			assert_non_null(err);
			if (err->code != ERR_AUTH)
				print_error("case %zu: %s\n", i, err->msg);
			assert_int_equal(err->code, ERR_AUTH);
			assert_int_equal(r.status, 0);
			http_release(&r);
		}
	}
	SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION);

	struct http_request r = { .body = STR_INIT };
	auto_err *old = get("127.0.0.1", server_port, "/_ping", "ca", "client", &r, 5000);

	SSL_CTX_set_max_proto_version(tls, 0);
	assert_int_equal(old->code, ERR_AUTH);
	http_release(&r);
}

static void *close_at_once(void *data)
{
	int fd = accept(*(int *)data, NULL, NULL);

	usleep(20000);
	close(fd);
	return NULL;
}

static void test_network(void **state)
{
	int port, silent = listen_on_loopback(&port), closed_port, closing = listen_on_loopback(&closed_port);
	int64_t start = clock_now_ms();
	struct http_request r = { .body = STR_INIT };
	auto_err *late = get("127.0.0.1", port, "/_ping", "ca", "client", &r, 300);
	auto_err *hang = get("127.0.0.1", server_port, "/hang", "ca", "client", &r, 1000);
	pthread_t thread;

	(void)state;
	assert_int_equal(late->code, ERR_TIMEOUT);
	assert_string_equal(late->msg, "no answer within 300 ms");
	assert_string_equal(hang->msg, "no answer within 1 s");
	assert_in_range(clock_now_ms() - start, 1300, 5000);
	close(silent);

	auto_err *refused = get("127.0.0.1", port, "/_ping", "ca", "client", &r, 3000);

	assert_int_equal(refused->code, ERR_NETWORK);
	assert_string_equal(refused->msg, "connection refused");
	assert_int_equal(pthread_create(&thread, NULL, close_at_once, &closing), 0);

	auto_err *closed = get("127.0.0.1", closed_port, "/_ping", "ca", "client", &r, 3000);

	pthread_join(thread, NULL);
	close(closing);
	assert_int_equal(closed->code, ERR_NETWORK);
	assert_string_equal(closed->msg, "connection closed during the TLS handshake");

	auto_err *nowhere = get("no-such-host.invalid", 1, "/", "ca", "client", &r, 5000);

	assert_true(nowhere->code == ERR_NETWORK || nowhere->code == ERR_TIMEOUT);
	http_release(&r);
}

static void test_limits(void **state)
{
	struct http_request r = { .body = STR_INIT, .max_body = 10000 };
	auto_err *flood = get("127.0.0.1", server_port, "/flood", "ca", "client", &r, 5000);

	(void)state;
	assert_string_equal(flood->msg, "the answer is larger than 10000 bytes");
	assert_true(r.body.len <= 10000);
	r.url = "http://127.0.0.1/";
	r.cert_file = r.key_file = NULL;

	auto_err *plain = http_ask(&r, 1000);

	assert_non_null(strstr(plain->msg, "only https"));
	r.url = "https://127.0.0.1/";
	r.ca_file = NULL;

	auto_err *trusting = http_ask(&r, 1000);

	assert_non_null(strstr(trusting->msg, "no CA"));
	r.ca_file = "/etc/hostname";
	r.url = "https://[";

	auto_err *malformed = http_ask(&r, 1000);

	assert_non_null(malformed);
	http_release(&r);
}

/* All at once: as slow as the slowest, and one failure spoils no other. */
static void test_many(void **state)
{
	enum {
		N = 20
	};
	struct http_request requests[N];
	int port, silent = listen_on_loopback(&port);
	auto_free char *good = xasprintf("https://127.0.0.1:%d/_ping", server_port);
	auto_free char *bad = xasprintf("https://127.0.0.1:%d/_ping", port);
	auto_free char *ca = at("ca.pem"), *cert = at("client.pem"), *key = at("client-key.pem");
	int64_t start = clock_now_ms();

	(void)state;
	for (int i = 0; i < N; i++)
		requests[i] = (struct http_request){
			.url = i % 5 ? good : bad, .ca_file = ca, .cert_file = cert, .key_file = key, .body = STR_INIT
		};
	assert_null(http_ask_all(requests, N, 4000));
	assert_in_range(clock_now_ms() - start, 4000, 20000);
	for (int i = 0; i < N; i++) {
		if (i % 5) {
			if (requests[i].err)
				fail_msg("request %d: %s", i, requests[i].err->msg);
			assert_string_equal(requests[i].body.buf, "OK");
		} else {
			assert_int_equal(requests[i].err->code, ERR_TIMEOUT);
		}
		http_release(&requests[i]);
	}
	close(silent);
	assert_null(http_ask_all(NULL, 0, 1000));
}

static void *serve_unix(void *data)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix";
	char buf[1000];
	int fd = accept(*(int *)data, NULL, NULL);

	if (read(fd, buf, sizeof(buf)) > 0 && write(fd, text, strlen(text)) < 0)
		print_error("cannot answer\n");
	close(fd);
	return NULL;
}

static void test_unix_socket(void **state)
{
	auto_free char *path = at("engine.sock");
	struct http_request r = { .url = "http://localhost/_ping", .unix_socket = path, .body = STR_INIT };
	auto_close int fd = -1;
	pthread_t thread;

	(void)state;
	assert_null(fs_listen(path, &fd));
	assert_int_equal(pthread_create(&thread, NULL, serve_unix, &fd), 0);
	assert_null(http_ask(&r, 3000));
	pthread_join(thread, NULL);
	assert_string_equal(r.body.buf, "unix");
	http_release(&r);
}

static void test_interrupt(void **state)
{
	int port, silent = listen_on_loopback(&port), status;
	int64_t start = clock_now_ms();
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct http_request r = { .body = STR_INIT };

		interrupt_install();

		struct err *err = get("127.0.0.1", port, "/", "ca", "client", &r, 60000);

		_exit(err && err->code == ERR_INTERRUPTED ? 0 : 1);
	}
	usleep(300000);
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	close(silent);
	assert_int_equal(status, 0);
	assert_true(clock_now_ms() - start < 10000);
}

static struct err *fake(struct http_request *requests, size_t n, int timeout_ms, void *data)
{
	(void)timeout_ms;
	for (size_t i = 0; i < n; i++)
		requests[i].status = *(int *)data;
	return NULL;
}

static void test_fake(void **state)
{
	struct http_request r = { .url = "https://1.2.3.4/", .body = STR_INIT };
	int status = 204;

	(void)state;
	http_set_fake(fake, &status);
	assert_null(http_ask(&r, 1000));
	http_set_fake(NULL, NULL);
	assert_int_equal(r.status, 204);
	http_release(&r);
}

/* Which libraries of libcurl say what names a certificate has. */
static void test_libraries(void **state)
{
	static const char *const good[] = { "OpenSSL/3.0.17", "LibreSSL/3.8.2", "(GnuTLS/3.7.9) OpenSSL/3.0.17",
					    "(GnuTLS/3.7.9) (NSS/3.87) OpenSSL/3.0.17" };
	static const char *const bad[] = {
		"GnuTLS/3.7.9", "(OpenSSL/3.0.17) GnuTLS/3.7.9", "mbedTLS/2.28", "(", "", NULL
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(http_names_can_check(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_err *e = http_names_can_check(bad[i]);

		assert_int_equal(e->code, ERR_UNSUPPORTED);
		assert_non_null(err_hint_of(e));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers), cmocka_unit_test(test_send),	    cmocka_unit_test(test_take),
		cmocka_unit_test(test_trust),	cmocka_unit_test(test_network),	    cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many),	cmocka_unit_test(test_unix_socket), cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_fake),	cmocka_unit_test(test_libraries),
	};

	return cmocka_run_group_tests_name("base http", tests, setup, teardown);
}
