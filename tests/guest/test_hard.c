/* SPDX-License-Identifier: Apache-2.0 */
/* Pure functions of init that hostile days met. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "init/cgroup.h"
#include "init/data.h"
#include "init/net.h"
#include "lib/json.h"

#define MIB (1024LL * 1024)

static void test_memory_of_containers(void **state)
{
	(void)state;
	assert_int_equal(cgroup_memory(1024 * MIB), 768 * MIB);
	assert_int_equal(cgroup_memory(512 * MIB), 352 * MIB);
	assert_int_equal(cgroup_memory(64 * 1024 * MIB), (64 * 1024 - 512) * MIB);
	assert_int_equal(cgroup_memory(128 * MIB), 64 * MIB);
}

static void test_name_of_the_group(void **state)
{
	char name[128], most[200];

	(void)state;
	assert_true(cgroup_name("/ours/inner/", name));
	assert_string_equal(name, "ours");
	assert_true(cgroup_name("docker", name));
	assert_string_equal(name, "docker");
	assert_false(cgroup_name("/../etc", name));
	assert_false(cgroup_name("//", name));
	memset(most, 'a', sizeof(most));
	most[sizeof(most) - 1] = '\0';
	assert_false(cgroup_name(most, name));
}

static void test_full_disk(void **state)
{
	(void)state;
	assert_true(data_too_little(0, 100000));
	assert_true(data_too_little(31 * MIB, 100000));
	assert_true(data_too_little(1000 * MIB, 0));
	assert_false(data_too_little(64 * MIB, 1000));
}

static const char *parse(const char *text, struct net_config *ret)
{
	cJSON *tree = json_object(text, strlen(text));
	const char *bad = net_parse(tree, ret);

	cJSON_Delete(tree);
	return bad;
}

static void test_search_list(void **state)
{
	struct net_config c;
	char text[1024];

	(void)state;
	assert_null(parse(
		"{\"mode\":\"static\",\"address\":\"10.9.0.15/24\",\"dns\":[\"10.9.0.3\",\"192.0.2.1\",\"192.0.2.2\"],"
		"\"search\":[\"corp.example\",\"bad name\",7,\"a\\nnameserver 1.1.1.1\",\"..\",\"-x\",\"lab\"]}",
		&c));
	assert_string_equal(c.search, "corp.example lab");
	assert_true(net_resolv(&c, text, sizeof(text)));
	assert_string_equal(
		text, "search corp.example lab\nnameserver 10.9.0.3\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n");
	assert_false(net_resolv(&c, text, 10));
	assert_false(net_resolv(&c, text, 40));
}

static void test_long_search_list(void **state)
{
	char text[8192] = "{\"mode\":\"dhcp\",\"search\":[";
	struct net_config c;

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(text, i ? ",\"a.rather.long.name.of.a.domain.example\""
			       : "\"a.rather.long.name.of.a.domain.example\"");
	strcat(text, "]}");
	assert_null(parse(text, &c));
	assert_true(strlen(c.search) < NET_SEARCH && strlen(c.search) > NET_SEARCH - 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_of_containers),
		cmocka_unit_test(test_name_of_the_group),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_search_list),
		cmocka_unit_test(test_long_search_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
