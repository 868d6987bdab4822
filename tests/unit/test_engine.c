/* SPDX-License-Identifier: Apache-2.0 */
/* The client of Docker's API: against a small server over mutual TLS, and against one behind a unix socket. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/client.h"
#include "engine/info.h"
#include "engine/ping.h"
#include "engine/version.h"
#include "tests/unit/tls_server.h"

static const char *version = "{\"Version\":\"26.1.5\",\"ApiVersion\":\"1.45\",\"MinAPIVersion\":\"1.24\"}";

/* What an engine answers to the first line of a request; "" without one. The caller frees. */
static char *answer_to(const char *request)
{
	static const struct {
		const char *begins, *status, *body;
	} answers[] = {
		{ "GET /_ping ", "200 OK", "OK" },
		{ "GET /v1.45/info ", "200 OK", "{\"Driver\":\"overlay2\"}" },
		{ "GET /v1.40/info ", "200 OK", "{\"Driver\":\"old\"}" },
		{ "GET /info ", "200 OK", "{\"Driver\":\"any\"}" },
		{ "GET /text ", "200 OK", "no JSON" },
		{ "GET /gone ", "404 Not Found", "{\"message\":\"No such container: x\"}" },
		{ "POST /busy ", "409 Conflict", "{\"message\":\"already in use\"}" },
		{ "GET /broken ", "500 Internal Server Error", "<html>" },
		{ "POST /containers/x/start ", "204 No Content", "" },
		{ "GET /events ", "200 OK", "{\"n\":1}\n{\"n\":2}\r\n\n{\"n\":3}" },
		{ "GET /pull ", "200 OK",
		  "{\"n\":1}\n{\"errorDetail\":{\"message\":\"no space\"},\"error\":\"no space\"}\n{\"n\":2}\n" },
		{ "GET /garbage ", "200 OK", "{\"n\":1}\n{\n" },
	};
	const char *body = strstr(request, "\r\n\r\n");

	if (str_starts(request, "GET /version "))
		return xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(version), version);
	if (strstr(request, "/create?name=x "))
		return xasprintf("HTTP/1.1 201 Created\r\nContent-Length: %zu\r\n\r\n{\"got\":%s}",
				 strlen(body + 4) + 8, body + 4);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (str_starts(request, answers[i].begins))
			return xasprintf("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", answers[i].status,
					 strlen(answers[i].body), answers[i].body);
	return xstrdup("");
}

static void server_answer(SSL *ssl, const char *request)
{
	auto_free char *text = answer_to(request);

	SSL_write(ssl, text, (int)strlen(text));
}

static int setup(void **state)
{
	(void)state;
	return tls_server_begin("test_engine");
}

static int teardown(void **state)
{
	(void)state;
	return tls_server_end();
}

/* An engine as the server is; its client is who. */
static struct engine open_engine(const char *who)
{
	auto_free char *url = xasprintf("tcp://127.0.0.1:%d", server_port), *cert = xasprintf("%s.pem", who);
	auto_free char *key = xasprintf("%s-key.pem", who);
	struct engine e = { 0 };

	assert_null(engine_open(url, (struct engine_keys){ at("ca.pem"), at(cert), at(key) }, &e));
	return e;
}

static void test_urls(void **state)
{
	static const char *const bad[] = { "", "tcp://", "http://h", "unix://", "unix://x", "/run/docker.sock" };
	auto_engine_url tcp = { 0 }, local = { 0 };

	(void)state;
	assert_null(engine_url_parse("tcp://[::1]:2376", &tcp));
	assert_string_equal(tcp.base, "https://[::1]:2376");
	assert_null(tcp.unix_socket);
	assert_null(engine_url_parse("unix:///run/docker.sock", &local));
	assert_string_equal(local.unix_socket, "/run/docker.sock");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct engine_url none = { 0 };
		auto_err *e = engine_url_parse(bad[i], &none);

		assert_non_null(e);
		assert_null(none.base);
	}
}

static void test_keys(void **state)
{
	auto_free char *folder = at("keys"), *key = at("keys/key.pem");
	auto_engine_keys keys = engine_keys_in(folder);

	(void)state;
	assert_false(engine_keys_any(&keys));
	assert_null(fs_mkdirs(folder, 0700));
	assert_null(fs_write(key, "", 0, 0600));
	assert_true(engine_keys_any(&keys));
	assert_string_equal(keys.key, key);
}

static void test_ping(void **state)
{
	auto_engine e = open_engine("client"), stranger = open_engine("stranger");

	(void)state;
	assert_null(engine_ping(&e, 5000));
	auto_err *refused = engine_ping(&stranger, 5000);
	assert_int_equal(refused->code, ERR_AUTH);
}

/* The newest that both know; a path has it from then on. */
static void test_agree(void **state)
{
	static const struct {
		const char *answer, *api; /* NULL: an error */
	} cases[] = {
		{ "{\"ApiVersion\":\"1.45\",\"MinAPIVersion\":\"1.24\"}", "1.45" },
		{ "{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.44\"}", "1.45" },
		{ "{\"ApiVersion\":\"1.9\"}", "1.9" },
		{ "{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.46\"}", NULL },
		{ "{\"ApiVersion\":\"1.45/../x\"}", NULL },
		{ "{\"ApiVersion\":145}", NULL },
		{ "{}", NULL },
		{ "x", NULL },
	};
	const char *old = version;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_engine e = open_engine("client");
		auto_err *bad = NULL;

		version = cases[i].answer;
		bad = engine_agree(&e, 5000);
		if (!cases[i].api) {
			assert_non_null(bad);
			assert_null(e.api);
			continue;
		}
		assert_null(bad);
		assert_string_equal(e.api, cases[i].api);
	}
	version = old;
	assert_true(engine_api_compare("1.9", "1.10") < 0);
	assert_true(engine_api_compare("2.0", "1.99") > 0);
	assert_int_equal(engine_api_compare("1.45", "1.45"), 0);
}

static void test_info(void **state)
{
	auto_engine e = open_engine("client");
	auto_json *before = NULL, *after = NULL;
	auto_free char *text = NULL;

	(void)state;
	assert_null(engine_info(&e, 5000, &before));
	assert_string_equal(json_str_or(before, "Driver", ""), "any");
	assert_null(engine_agree(&e, 5000));
	assert_null(engine_info(&e, 5000, &after));
	assert_string_equal(json_str_or(after, "Driver", ""), "overlay2");
	assert_null(engine_version(&e, 5000, &text));
	assert_string_equal(text, "26.1.5");
}

static void test_post(void **state)
{
	auto_engine e = open_engine("client");
	auto_json *send = NULL, *got = NULL;

	(void)state;
	assert_null(json_parse("{\"Image\":\"a\"}", 13, "x", &send));
	assert_null(engine_post(&e, "/containers/create?name=x", send, 5000, &got));
	assert_string_equal(json_str_or(got, "got.Image", ""), "a");
	assert_null(engine_post(&e, "/containers/x/start", NULL, 5000, NULL));
}

/* The engine's words, with a code that a caller can branch on. */
static void test_refusals(void **state)
{
	static const struct {
		const char *method, *path, *want;
		enum err_code code;
		int status;
	} cases[] = {
		{ NULL, "/gone", "Error response from daemon: No such container: x", ERR_NOT_FOUND, 404 },
		{ "POST", "/busy", "Error response from daemon: already in use", ERR_WRONG_STATE, 409 },
		{ NULL, "/broken", "the engine answered with status 500", ERR_FAILED, 500 },
	};
	auto_engine e = open_engine("client");
	auto_json *none = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_engine_call c = { .method = cases[i].method, .path = cases[i].path, .timeout_ms = 5000 };
		auto_err *bad = engine_call(&e, &c);

		assert_string_equal(bad->msg, cases[i].want);
		assert_int_equal(bad->code, cases[i].code);
		assert_int_equal(c.status, cases[i].status);
	}
	auto_err *text = engine_get(&e, "/text", 5000, &none);
	assert_non_null(text);
}

static struct err *add_up(void *data, const cJSON *value)
{
	int *sum = data;

	*sum += (int)json_int_or(value, "n", 0);
	return *sum >= 100 ? err_new(ERR_EXISTS, "enough") : NULL;
}

static void test_streams(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: no error */
		int begin, sum;
	} cases[] = {
		{ "/events", NULL, 0, 6 },
		{ "/events", "enough", 98, 101 },
		{ "/pull", "Error response from daemon: no space", 0, 1 },
		{ "/gone", "Error response from daemon: No such container: x", 0, 0 },
	};
	auto_engine e = open_engine("client");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int sum = cases[i].begin;
		auto_engine_call c = { .path = cases[i].path, .timeout_ms = -1, .each = add_up, .data = &sum };
		auto_err *bad = engine_call(&e, &c);

		if (!cases[i].want)
			assert_null(bad);
		else
			assert_string_equal(bad->msg, cases[i].want);
		assert_int_equal(sum, cases[i].sum);
	}

	int sum = 0;
	auto_engine_call c = { .path = "/garbage", .timeout_ms = 5000, .each = add_up, .data = &sum };
	auto_err *garbage = engine_call(&e, &c);

	assert_non_null(garbage);
}

/* Lines are the same wherever what came was cut; one that never ends is not kept for ever. */
static void test_cuts(void **state)
{
	static const char text[] = "{\"n\":1}\n{\"n\":20}\r\n{\"n\":3}";

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		int sum = 0;
		auto_engine_stream s = { .each = add_up, .data = &sum, .rest = STR_INIT };

		for (size_t i = 0; i < sizeof(text) - 1; i += step) {
			size_t left = sizeof(text) - 1 - i;

			assert_null(engine_stream_take(&s, text + i, left < step ? left : step));
		}
		assert_null(engine_stream_end(&s));
		assert_int_equal(sum, 24);
	}

	auto_engine_stream endless = { .each = add_up, .rest = STR_INIT };
	auto_free char *part = xcalloc(1, ENGINE_LINE_MAX / 2 + 1);

	memset(part, ' ', ENGINE_LINE_MAX / 2 + 1);
	assert_null(engine_stream_take(&endless, part, ENGINE_LINE_MAX / 2 + 1));
	auto_err *bad = engine_stream_take(&endless, part, ENGINE_LINE_MAX / 2 + 1);
	assert_non_null(bad);
}

static void *serve_unix(void *data)
{
	char request[2000] = "";
	int fd = accept(*(int *)data, NULL, NULL);

	if (read(fd, request, sizeof(request) - 1) > 0) {
		auto_free char *text = answer_to(request);

		if (write(fd, text, strlen(text)) < 0)
			print_error("cannot answer\n");
	}
	close(fd);
	return NULL;
}

static void test_unix_socket(void **state)
{
	auto_free char *path = at("docker.sock"), *url = xasprintf("unix://%s", path);
	auto_close int fd = -1;
	auto_engine e = { 0 };
	auto_json *info = NULL;
	pthread_t thread;

	(void)state;
	assert_null(fs_listen(path, &fd));
	assert_int_equal(pthread_create(&thread, NULL, serve_unix, &fd), 0);
	assert_null(engine_open(url, (struct engine_keys){ 0 }, &e));
	assert_null(engine_info(&e, 5000, &info));
	pthread_join(thread, NULL);
	assert_string_equal(json_str_or(info, "Driver", ""), "any");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),	    cmocka_unit_test(test_keys),    cmocka_unit_test(test_ping),
		cmocka_unit_test(test_agree),	    cmocka_unit_test(test_info),    cmocka_unit_test(test_post),
		cmocka_unit_test(test_refusals),    cmocka_unit_test(test_streams), cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_unix_socket),
	};

	return cmocka_run_group_tests_name("engine", tests, setup, teardown);
}
