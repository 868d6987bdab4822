/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's pure functions, and those that it shares with init: ports, init's words, lines, HTTP heads, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/ports.h"
#include "agent/relay.h"
#include "agent/store.h"
#include "contract.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/line.h"
#include "lib/say.h"

static struct ports ports, others;

static void check_ports(const char *containers, const char *want)
{
	char *have;

	assert_true(ports_parse(containers, strlen(containers), &ports));
	have = ports_json(&ports);
	assert_string_equal(have, want);
	free(have);
}

static void test_ports(void **state)
{
	(void)state;
	check_ports("[]", "[]");
	check_ports("[{\"Id\":\"a\",\"Ports\":[{\"IP\":\"0.0.0.0\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":"
		    "\"tcp\"},"
		    "{\"IP\":\"::\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},"
		    "{\"PrivatePort\":443,\"Type\":\"tcp\"}]},"
		    "{\"Ports\":[{\"IP\":\"127.0.0.1\",\"PrivatePort\":53,\"PublicPort\":53,\"Type\":\"udp\"},"
		    "{\"PrivatePort\":1,\"PublicPort\":22,\"Type\":\"tcp\"}]},{\"Ports\":null},{}]",
		    "[{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":22},"
		    "{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":8080},"
		    "{\"proto\":\"udp\",\"address\":\"127.0.0.1\",\"port\":53}]");
}

static void test_ports_once_and_sorted(void **state)
{
	(void)state;
	check_ports("[{\"Ports\":[{\"IP\":\"2.0.0.1\",\"PublicPort\":9,\"Type\":\"tcp\"},"
		    "{\"IP\":\"1.0.0.2\",\"PublicPort\":9,\"Type\":\"tcp\"},{\"IP\":\"2.0.0.1\",\"PublicPort\":9,"
		    "\"Type\":\"tcp\"},{\"IP\":\"2.0.0.1\",\"PublicPort\":9,\"Type\":\"udp\"}]}]",
		    "[{\"proto\":\"tcp\",\"address\":\"1.0.0.2\",\"port\":9},"
		    "{\"proto\":\"tcp\",\"address\":\"2.0.0.1\",\"port\":9},"
		    "{\"proto\":\"udp\",\"address\":\"2.0.0.1\",\"port\":9}]");
	others = ports;
	assert_true(ports_equal(&ports, &others));
	others.list[1].number = 10;
	assert_false(ports_equal(&ports, &others));
	others = ports;
	others.count--;
	assert_false(ports_equal(&ports, &others));
}

static void test_ports_strange(void **state)
{
	static const char *const bad[] = { "", "{}", "null", "[", "{\"message\":\"no\"}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ports_parse(bad[i], strlen(bad[i]), &ports));
	check_ports("[7,null,{\"Ports\":7},{\"Ports\":[7,null,{\"PublicPort\":0,\"Type\":\"tcp\"},"
		    "{\"PublicPort\":65536,\"Type\":\"tcp\"},{\"PublicPort\":-1,\"Type\":\"tcp\"},"
		    "{\"PublicPort\":\"80\",\"Type\":\"tcp\"},{\"PublicPort\":80,\"Type\":\"sctp\"},"
		    "{\"PublicPort\":80},{\"PublicPort\":80,\"Type\":\"tcp\",\"IP\":\"host\"}]}]",
		    "[]");
}

/* The list must fit into one line of the channel, whatever the engine says. */
static void test_ports_many(void **state)
{
	char *text = calloc(1, 100 * (PORTS_MAX + 100)), *at = text, *list;

	(void)state;
	at += sprintf(at, "[{\"Ports\":[");
	for (int i = 0; i < PORTS_MAX + 50; i++)
		at += sprintf(at, "%s{\"IP\":\"255.255.%d.%d\",\"PublicPort\":65535,\"Type\":\"tcp\"}", i ? "," : "",
			      100 + i / 100, 100 + i % 100);
	strcpy(at, "]}]");
	assert_true(ports_parse(text, strlen(text), &ports));
	assert_int_equal(ports.count, PORTS_MAX);
	list = ports_json(&ports);
	assert_true(strlen(list) + 64 < GUEST_LINE_MAX);
	free(list);
	free(text);
}

static void check_event(const char *text, const char *line)
{
	struct relay r;

	relay_parse(text, &r);
	assert_int_equal(r.kind, RELAY_EVENT);
	assert_string_equal(r.line, line);
	free(r.line);
}

static void test_relay_events(void **state)
{
	(void)state;
	check_event("stage root 1234", "{\"event\":\"stage\",\"name\":\"root\",\"ms\":1234}");
	check_event("ready 7210", "{\"event\":\"ready\",\"ms\":7210}");
	check_event("failed data it is \"broken\"",
		    "{\"event\":\"failed\",\"stage\":\"data\",\"message\":\"it is \\\"broken\\\"\"}");
	check_event("warning two  words", "{\"event\":\"warning\",\"message\":\"two  words\"}");
	check_event("address 10.1.2.3", "{\"event\":\"address\",\"address\":\"10.1.2.3\"}");
}

static void test_relay_answers(void **state)
{
	struct relay r;

	(void)state;
	relay_parse("done identity", &r);
	assert_int_equal(r.kind, RELAY_DONE);
	assert_string_equal(r.word, "identity");
	relay_parse("closing", &r);
	assert_int_equal(r.kind, RELAY_CLOSING);
	relay_parse("error identity it cannot be", &r);
	assert_int_equal(r.kind, RELAY_FAILED);
	assert_string_equal(r.message, "it cannot be");
	assert_null(r.line);
}

static void test_relay_nonsense(void **state)
{
	static const char *const bad[] = { "",
					   " ",
					   "stage",
					   "stage ",
					   "failed",
					   "hello",
					   "done",
					   "done ",
					   "error",
					   "reboot now",
					   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct relay r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		relay_parse(bad[i], &r);
		assert_int_equal(r.kind, RELAY_NOTHING);
		assert_null(r.line);
	}
}

static char lines_got[256];

static void lines_take(void *arg, char *line, size_t len)
{
	(void)arg;
	snprintf(lines_got + strlen(lines_got), 100, "%s/%zu|", line ? line : "(long)", len);
}

/* The same bytes, cut at every place. */
static void test_lines(void **state)
{
	static const char data[] = "one\r\n\ntoo long a line\n1234567\n12345678\nx\n";
	char buf[8];

	(void)state;
	for (size_t cut = 0; cut < sizeof(data); cut++) {
		struct lines l = { .buf = buf, .size = sizeof(buf) };

		lines_got[0] = '\0';
		lines_feed(&l, data, cut, lines_take, NULL);
		lines_feed(&l, data + cut, sizeof(data) - 1 - cut, lines_take, NULL);
		assert_string_equal(lines_got, "one/3|/0|(long)/0|1234567/7|(long)/0|x/1|");
	}
}

static void test_http_head(void **state)
{
	static const char fine[] = "HTTP/1.0 200 OK\r\nA: b\r\n\r\nbody";
	char big[20000];
	int status = 0;

	(void)state;
	assert_int_equal(http_head(fine, sizeof(fine) - 1, &status), strlen(fine) - 4);
	assert_int_equal(status, 200);
	for (size_t cut = 0; cut < strlen(fine) - 4; cut++)
		assert_int_equal(http_head(fine, cut, &status), 0);
	assert_int_equal(http_head("SSH-2.0-OpenSSH\r\n\r\n", 19, &status), -1);
	assert_int_equal(http_head("HTTP/1.1 2x0 OK\r\n\r\n", 19, &status), -1);
	memset(big, 'x', sizeof(big));
	memcpy(big, "HTTP/1.1 200 OK\r\n", 17);
	assert_int_equal(http_head(big, sizeof(big), &status), -1);
}

static void test_json_object(void **state)
{
	static const char *const bad[] = { "", "[]", "7", "{", "{} {}", "{}x", "{\"a\":}", "nul" };
	char deep[512] = "{\"a\":";
	cJSON *tree = json_object(" {\"a\":1} \r\n", 12);

	(void)state;
	assert_non_null(tree);
	cJSON_Delete(tree);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(json_object(bad[i], strlen(bad[i])));
	for (int i = 0; i < 200; i++)
		strcat(deep, "[");
	for (int i = 0; i < 200; i++)
		strcat(deep, "]");
	strcat(deep, "}");
	assert_null(json_object(deep, strlen(deep)));
}

static void test_store_wipe(void **state)
{
	cJSON *tree = cJSON_Parse("{\"a\":{\"b\":[\"secret\"]},\"c\":\"too\"}");
	const char *deep = cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "a"), "b"), 0)->valuestring;

	(void)state;
	store_wipe(tree);
	assert_memory_equal(deep, "\0\0\0\0\0\0", 6);
	assert_memory_equal(cJSON_GetObjectItem(tree, "c")->valuestring, "\0\0\0", 3);
	cJSON_Delete(tree);
}

static void test_say_clean(void **state)
{
	char text[] = "a\x1b[31mb\r\n\tc\x7f";

	(void)state;
	say_clean(text);
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),	       cmocka_unit_test(test_ports_once_and_sorted),
		cmocka_unit_test(test_ports_strange),  cmocka_unit_test(test_ports_many),
		cmocka_unit_test(test_relay_events),   cmocka_unit_test(test_relay_answers),
		cmocka_unit_test(test_relay_nonsense), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_http_head),      cmocka_unit_test(test_json_object),
		cmocka_unit_test(test_store_wipe),     cmocka_unit_test(test_say_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
