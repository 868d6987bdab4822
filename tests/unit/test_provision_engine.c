/* SPDX-License-Identifier: Apache-2.0 */
/* From docker-machine's options to the engine's file, and what dockerd itself says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "provision/engine.h"
#include "provision/engine_flags.h"
#include "tests/unit/shell.h"

static cJSON *parse(const char *text)
{
	cJSON *tree = NULL;

	assert_null(json_parse(text, strlen(text), "test", &tree));
	return tree;
}

/* The file as text, NULL and an error when there is none. */
static char *made(const cJSON *options, struct err **ret_err)
{
	auto_json *out = NULL;

	*ret_err = engine_daemon_json(options, "qemu", &out);
	return *ret_err ? NULL : json_print(out, 0);
}

static cJSON *one_flag(const char *flag)
{
	cJSON *options = json_object();
	auto_list flags = { 0 };

	list_add(&flags, flag);
	json_set_strings(options, "ArbitraryFlags", &flags);
	return options;
}

static void test_flags(void **state)
{
	static const struct {
		const char *flag, *want;
	} cases[] = {
		{ "mtu=1460", "\"mtu\":1460" },
		{ "--mtu=1460", "\"mtu\":1460" },
		{ "mtu 1460", "\"mtu\":1460" },
		{ "debug", "\"debug\":true" },
		{ "D", "\"debug\":true" },
		{ "icc=false", "\"icc\":false" },
		{ "s=vfs", "\"storage-driver\":\"vfs\"" },
		{ "log-driver=none", "\"log-driver\":\"none\"" },
		{ "log-opt max-size=10m", "\"log-opts\":{\"max-size\":\"10m\"}" },
		{ "log-opt=tag=a=b", "\"log-opts\":{\"tag\":\"a=b\"}" },
		{ "dns=8.8.8.8", "\"dns\":[\"8.8.8.8\"]" },
		{ "http-proxy=http://p:1", "\"proxies\":{\"http-proxy\":\"http://p:1\"}" },
		{ "default-ulimit=nofile=10:20",
		  "\"default-ulimits\":{\"nofile\":{\"Name\":\"nofile\",\"Hard\":20,\"Soft\":10}}" },
		{ "default-ulimit=core=-1",
		  "\"default-ulimits\":{\"core\":{\"Name\":\"core\",\"Hard\":-1,\"Soft\":-1}}" },
		{ "default-address-pool=size=24,base=10.9.0.0/16",
		  "\"default-address-pools\":[{\"size\":24,\"base\":\"10.9.0.0/16\"}]" },
		{ "add-runtime=x=/bin/x", "\"runtimes\":{\"x\":{\"path\":\"/bin/x\"}}" },
		{ "default-network-opt=bridge=a=b", "\"default-network-opts\":{\"bridge\":{\"a\":\"b\"}}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json *options = one_flag(cases[i].flag);
		auto_free char *want = xasprintf("{%s,\"labels\":[\"provider=qemu\"]}", cases[i].want);
		auto_err *err = NULL;
		auto_free char *got = made(options, &err);

		if (err)
			fail_msg("%s: %s", cases[i].flag, err->msg);
		assert_string_equal(got, want);
	}
}

static void test_labels(void **state)
{
	static const char *const cases[][2] = {
		{ "label=a=1", "{\"labels\":[\"a=1\",\"provider=qemu\"]}" },
		{ "label=provider=qemu", "{\"labels\":[\"provider=qemu\"]}" },
		{ "label=provider2=x", "{\"labels\":[\"provider2=x\",\"provider=qemu\"]}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json *options = one_flag(cases[i][0]);
		auto_err *err = NULL;
		auto_free char *got = made(options, &err);

		assert_null(err);
		assert_string_equal(got, cases[i][1]);
	}
}

static void test_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "tlsverify", "the gate" },
		{ "tlscacert=/x", "the gate" },
		{ "H=tcp://0.0.0.0:1", "unix socket" },
		{ "host=unix:///x", "unix socket" },
		{ "data-root=/x", "fixed place" },
		{ "g=/x", "fixed place" },
		{ "containerd=/x", "fixed place" },
		{ "exec-root=/x", "fixed place" },
		{ "pidfile=/x", "fixed place" },
		{ "containerd-plugins-namespace=x", "ignores" },
		{ "bogus=1", "no option 'bogus'" },
		{ "=1", "no option" },
		{ "", "no option" },
		{ "mtu=big", "'big'" },
		{ "mtu", "needs a value" },
		{ "icc=maybe", "'maybe'" },
		{ "log-opt=max", "'max'" },
		{ "log-opt==x", "'=x'" },
		{ "label=plain", "'plain'" },
		{ "label=provider=other", "two values" },
		{ "default-ulimit=nofile", "'nofile'" },
		{ "default-ulimit=nofile=20:10", "20:10" },
		{ "default-ulimit=nofile=a", "'nofile=a'" },
		{ "default-ulimit=nofile=1:", "'nofile=1:'" },
		{ "default-address-pool=base=10.0.0.0/8", "base" },
		{ "default-address-pool=base=x,size=y", "size" },
		{ "add-runtime=x", "'x'" },
		{ "default-network-opt=a=b", "'a=b'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json *options = one_flag(cases[i][0]);
		auto_err *err = NULL;
		auto_free char *got = made(options, &err);

		if (!err || err->code != ERR_USAGE || !strstr(err->msg, cases[i][1]))
			fail_msg("%s: want '%s', got '%s'", cases[i][0], cases[i][1], err ? err->msg : got);
		assert_non_null(err_hint_of(err));
	}
}

/* What docker-machine's own options become. */
static void test_members(void **state)
{
	auto_json *options = parse("{\"ArbitraryFlags\":[\"log-driver=none\",\"dns=1.1.1.1\",\"mtu=1\",\"mtu=2\"],"
				   "\"Dns\":[\"9.9.9.9\"],\"GraphDir\":\"\",\"Env\":[\"A=1\"],\"Ipv6\":true,"
				   "\"InsecureRegistry\":[\"reg:5000\",\"10.0.0.0/8\"],"
				   "\"Labels\":[\"a=b\",\"a=b\",\"c=\"],"
				   "\"LogLevel\":\"debug\",\"StorageDriver\":\"overlay2\",\"SelinuxEnabled\":false,"
				   "\"TlsVerify\":true,\"RegistryMirror\":[\"http://m\"],"
				   "\"InstallURL\":\"https://x\"}");
	auto_json *graph = parse("{\"GraphDir\":\"/mnt\"}");
	auto_json *nulls = parse("{\"Labels\":null,\"Dns\":null,\"StorageDriver\":null,\"ArbitraryFlags\":null}");
	auto_err *err = NULL, *none = NULL, *refused = NULL, *empty = NULL;
	auto_free char *got = made(options, &err), *bare = made(NULL, &none);
	auto_free char *unset = made(graph, &refused), *from_nulls = made(nulls, &empty);

	(void)state;
	assert_null(err);
	assert_string_equal(got, "{\"labels\":[\"a=b\",\"c=\",\"provider=qemu\"],"
				 "\"insecure-registries\":[\"reg:5000\",\"10.0.0.0/8\"],"
				 "\"registry-mirrors\":[\"http://m\"],\"dns\":[\"9.9.9.9\",\"1.1.1.1\"],"
				 "\"storage-driver\":\"overlay2\",\"log-level\":\"debug\",\"ipv6\":true,"
				 "\"log-driver\":\"none\",\"mtu\":2}");
	assert_null(none);
	assert_string_equal(bare, "{\"labels\":[\"provider=qemu\"]}");
	assert_int_equal(refused->code, ERR_USAGE);
	assert_null(unset);
	assert_null(empty);
	assert_string_equal(from_nulls, bare);
}

static void test_env(void **state)
{
	static const char *const bad[] = { "A", "=1", "A B=1", "1A=1", "A\nB=1", "" };
	auto_json *options = parse("{\"Env\":[\"HTTP_PROXY=http://u:p@h:1/?a=b\","
				   "\"X=a b \\\"q\\\" $(c)\",\"E=\",\"E=2\"]}");
	auto_json *out = NULL, *none = NULL;
	auto_free char *text = NULL, *bare = NULL;

	(void)state;
	assert_null(engine_env_json(options, &out));
	text = json_print(out, 0);
	assert_string_equal(text, "{\"env\":{\"HTTP_PROXY\":\"http://u:p@h:1/?a=b\",\"X\":\"a b \\\"q\\\" $(c)\","
				  "\"E\":\"2\"}}");
	assert_null(engine_env_json(NULL, &none));
	bare = json_print(none, 0);
	assert_string_equal(bare, "{\"env\":{}}");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_json *wrong = json_object(), *unset = NULL;
		auto_list items = { 0 };

		list_add(&items, bad[i]);
		json_set_strings(wrong, "Env", &items);

		auto_err *err = engine_env_json(wrong, &unset);

		assert_int_equal(err->code, ERR_USAGE);
		assert_null(unset);
	}
}

static const char *example(const struct engine_flag *f)
{
	static const struct {
		const char *name, *value;
	} special[] = {
		{ "bip", "10.7.0.1/24" },
		{ "dns", "1.1.1.1" },
		{ "dns-search", "example.org" },
		{ "default-gateway", "10.7.0.1" },
		{ "default-gateway-v6", "fe80::1" },
		{ "fixed-cidr", "10.7.0.0/25" },
		{ "fixed-cidr-v6", "2001:db8::/64" },
		{ "host-gateway-ip", "10.7.0.1" },
		{ "ip", "0.0.0.0" },
		{ "http-proxy", "http://p:1" },
		{ "https-proxy", "http://p:1" },
		{ "log-level", "info" },
		{ "log-format", "json" },
		{ "default-shm-size", "64M" },
		{ "registry-mirror", "http://m" },
		{ "node-generic-resource", "gpu=1" },
		{ "default-ipc-mode", "private" },
		{ "default-cgroupns-mode", "private" },
		{ "exec-opt", "native.cgroupdriver=cgroupfs" },
		{ "default-runtime", "runc" },
		{ "userland-proxy-path", "/bin/sh" },
		{ "metrics-addr", "127.0.0.1:9" },
		{ "userns-remap", "root:root" },
	};
	static const char *const by_kind[] = {
		[ENGINE_TEXT] = "x",
		[ENGINE_NUMBER] = "1400",
		[ENGINE_BOOL] = "false",
		[ENGINE_LIST] = "x",
		[ENGINE_LABEL] = "a=b",
		[ENGINE_MAP] = "a=b",
		[ENGINE_MAP_MAP] = "bridge=a=b",
		[ENGINE_ULIMIT] = "nofile=1:2",
		[ENGINE_POOL] = "base=10.8.0.0/16,size=24",
		[ENGINE_RUNTIME] = "x=/x",
		[ENGINE_PROXY] = "x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (str_eq(special[i].name, f->name))
			return special[i].value;
	return by_kind[f->kind];
}

/* DOCKERD names the engine's program, say the one in the image. Its helpers lie beside it. */
static void test_dockerd(void **state)
{
	const char *dockerd = getenv("DOCKERD");
	auto_str out = STR_INIT;
	char path[] = "/tmp/test_daemon.XXXXXX";
	int fd;

	(void)state;
	if (!dockerd || access(dockerd, X_OK) != 0) {
		print_message("DOCKERD does not name a dockerd\n");
		skip();
	}
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	for (unsigned i = 0; engine_flag_at(i); i++) {
		const struct engine_flag *f = engine_flag_at(i);

		if (f->kind == ENGINE_REFUSED)
			continue;

		auto_free char *flag = xasprintf("%s=%s", f->name, example(f));
		auto_json *options = one_flag(flag);
		auto_err *err = NULL;
		auto_free char *text = made(options, &err);

		if (err)
			fail_msg("%s: %s", flag, err->msg);
		assert_null(fs_write(path, text, strlen(text), 0600));
		if (shell(&out, "PATH=\"$(dirname '%s'):$PATH\" '%s' --validate --config-file '%s'", dockerd, dockerd,
			  path))
			fail_msg("%s\n%s", text, out.buf);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),	cmocka_unit_test(test_labels), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_members), cmocka_unit_test(test_env),    cmocka_unit_test(test_dockerd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
