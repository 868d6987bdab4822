/* SPDX-License-Identifier: Apache-2.0 */
/* Records of older versions, and of stores that were moved. */
#include "core/migrate.h"

#include "tests/unit/fake_driver.h"

static cJSON *parsed(const char *text)
{
	cJSON *tree = NULL;

	assert_null(json_parse(text, strlen(text), "the test", &tree));
	return tree;
}

struct want {
	const char *path, *value;
};

static void expect(const cJSON *record, const struct want *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *found = json_str_or(record, want[i].path, "(none)");

		if (strcmp(found, want[i].value) != 0)
			fail_msg("%s is '%s', not '%s'", want[i].path, found, want[i].value);
	}
}

/* Version 0 has its settings flat at the root. */
static void test_version_0(void **state)
{
	static const struct want want[] = {
		{ "HostOptions.AuthOptions.StorePath", "/old/machines/dev" },
		{ "HostOptions.AuthOptions.CaCertPath", "/old/ca.pem" },
		{ "HostOptions.AuthOptions.CaPrivateKeyPath", "/old/ca-key.pem" },
		{ "HostOptions.AuthOptions.ServerCertPath", "/old/machines/dev/server.pem" },
		{ "HostOptions.AuthOptions.ClientKeyPath", "/old/key.pem" },
		{ "HostOptions.SwarmOptions.Host", "tcp://0.0.0.0:3376" },
		{ "HostOptions.SwarmOptions.Discovery", "token://1" },
		{ "HostOptions.EngineOptions.InstallURL", "https://get.docker.com" },
		{ "Driver.MachineName", "dev" },
		{ "Driver.IPAddress", "1.2.3.4" },
		{ "StorePath", "(none)" },
		{ "CaCertPath", "(none)" },
		{ "SwarmHost", "(none)" },
		{ "Odd", "stays" },
	};
	auto_json *r = parsed(
		"{\"DriverName\":\"none\",\"Driver\":{\"IPAddress\":\"1.2.3.4\"},\"StorePath\":\"/old\","
		"\"CaCertPath\":\"/old/ca.pem\",\"PrivateKeyPath\":\"/old/ca-key.pem\",\"ServerCertPath\":"
		"\"/old/machines/dev/server.pem\",\"ClientKeyPath\":\"/old/key.pem\",\"SwarmHost\":"
		"\"tcp://0.0.0.0:3376\",\"SwarmMaster\":true,\"SwarmDiscovery\":\"token://1\",\"Odd\":\"stays\"}");

	(void)state;
	migrate_record(&core, "dev", r);
	expect(r, want, ARRAY_SIZE(want));
	assert_true(json_bool_or(r, "HostOptions.SwarmOptions.Master", false));
	assert_true(json_bool_or(r, "HostOptions.EngineOptions.TlsVerify", false));
	assert_int_equal(json_int_or(r, "ConfigVersion", 0), 3);
	assert_string_equal(json_str_or(r, "Driver.StorePath", ""), core.store);
}

/* Version 1 has another name for the CA's key; what stands there wins over defaults. */
static void test_version_1(void **state)
{
	static const struct want want[] = {
		{ "HostOptions.AuthOptions.CaPrivateKeyPath", "/k" },
		{ "HostOptions.AuthOptions.PrivateKeyPath", "(none)" },
		{ "HostOptions.AuthOptions.StorePath", "/old/machines/dev" },
		{ "HostOptions.AuthOptions.Mine", "yes" },
		{ "HostOptions.EngineOptions.StorageDriver", "zfs" },
		{ "HostOptions.EngineOptions.LogLevel", "" },
		{ "HostOptions.SwarmOptions.Strategy", "" },
	};
	auto_json *r =
		parsed("{\"ConfigVersion\":1,\"Driver\":{},\"HostOptions\":{\"EngineOptions\":{\"StorageDriver\":"
		       "\"zfs\",\"Labels\":null},\"AuthOptions\":{\"StorePath\":\"/old\",\"PrivateKeyPath\":\"/k\","
		       "\"Mine\":\"yes\"}}}");

	(void)state;
	migrate_record(&core, "dev", r);
	expect(r, want, ARRAY_SIZE(want));
	/* A null where 0.16 writes a list becomes one; where it writes null, null stays. */
	assert_true(cJSON_IsArray(json_get_or_null(r, "HostOptions.EngineOptions.Labels")));
	assert_true(json_is_null(json_get_or_null(r, "HostOptions.EngineOptions.Dns")));
}

/* A record that has next to nothing: the keys are those of the store in which it was found. */
static void test_empty(void **state)
{
	auto_json *r = parsed("{\"ConfigVersion\":2,\"HostOptions\":null,\"Driver\":[]}");

	(void)state;
	migrate_record(&core, "dev", r);
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.CaCertPath", ""), core.ca);
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.ClientCertPath", ""), core.cert);
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.StorePath", ""), in_store("machines/dev"));
	assert_string_equal(json_str_or(r, "Driver.MachineName", ""), "dev");
}

static void test_moved(void **state)
{
	auto_json *r =
		parsed("{\"HostOptions\":{\"AuthOptions\":{\"StorePath\":\"/old/machines/was\",\"CaCertPath\":"
		       "\"/old/certs/ca.pem\",\"ServerCertPath\":\"/old/machines/was/server.pem\",\"ClientKeyPath\":"
		       "\"/older/key.pem\"}},\"Driver\":{\"StorePath\":\"/old\",\"SSHKeyPath\":"
		       "\"/old/machines/was/id_rsa\",\"Boot2DockerURL\":\"/oldest.iso\",\"CPU\":2}}");

	(void)state;
	migrate_paths(&core, "dev", r);
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.StorePath", ""), in_store("machines/dev"));
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.CaCertPath", ""), in_store("certs/ca.pem"));
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.ServerCertPath", ""),
			    in_store("machines/dev/server.pem"));
	assert_string_equal(json_str_or(r, "Driver.SSHKeyPath", ""), in_store("machines/dev/id_rsa"));
	assert_string_equal(json_str_or(r, "Driver.StorePath", ""), core.store);
	/* A folder whose name only begins alike is another. */
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.ClientKeyPath", ""), "/older/key.pem");
	assert_string_equal(json_str_or(r, "Driver.Boot2DockerURL", ""), "/oldest.iso");
	assert_int_equal(json_int_or(r, "Driver.CPU", 0), 2);
}

/* A store that was given as ".": Go's paths have no first part then. */
static void test_relative(void **state)
{
	auto_json *r =
		parsed("{\"HostOptions\":{\"AuthOptions\":{\"StorePath\":\"machines/dev\",\"CaCertPath\":"
		       "\"certs/ca.pem\",\"ServerCertPath\":\"machines/dev/server.pem\"}},\"Driver\":{\"SSHKeyPath\":"
		       "\"machines/dev/id_rsa\",\"StorePath\":\".\"}}");

	(void)state;
	migrate_paths(&core, "dev", r);
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.CaCertPath", ""), in_store("certs/ca.pem"));
	assert_string_equal(json_str_or(r, "Driver.SSHKeyPath", ""), in_store("machines/dev/id_rsa"));
	assert_string_equal(json_str_or(r, "Driver.StorePath", ""), core.store);
}

/* In its place, or with a path that is no machine's folder: nothing is touched. */
static void test_stays(void **state)
{
	static const char *const places[] = { "", "/somewhere", "/machines/dev", "relative" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		auto_free char *text =
			xasprintf("{\"HostOptions\":{\"AuthOptions\":{\"StorePath\":\"%s\",\"CaCertPath\":"
				  "\"/a/ca.pem\"}},\"Driver\":{\"SSHKeyPath\":\"/b/id_rsa\"}}",
				  places[i]);
		auto_json *r = parsed(text);

		migrate_paths(&core, "dev", r);
		auto_free char *after = json_print(r, 0);
		assert_string_equal(after, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_version_0), fake_test(test_version_1), fake_test(test_empty),
		fake_test(test_moved),	   fake_test(test_relative),  fake_test(test_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
