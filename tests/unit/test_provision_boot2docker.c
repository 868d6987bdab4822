/* SPDX-License-Identifier: Apache-2.0 */
/* What boot2docker is told over SSH. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/proc.h"
#include "provision/boot2docker.h"
#include "tests/unit/fake_remote.h"

static const char engine_text[] =
	"{\"Labels\":[\"a=b\"],\"InsecureRegistry\":[\"reg:5000\"],\"RegistryMirror\":[\"http://m\"],"
	"\"ArbitraryFlags\":[\"log-driver=none\"],\"Env\":[\"FOO=bar\"],\"StorageDriver\":\"\"}";

static void test_script(void **state)
{
	static const char *const argv[] = { "sh", "-n", NULL };
	auto_json *engine = NULL;
	auto_str script = STR_INIT;

	(void)state;
	assert_null(json_parse(engine_text, strlen(engine_text), "engine", &engine));
	const struct boot2docker b = { "dev", "CA\n", "CERT\n", "KEY", "virtualbox", engine };
	assert_null(boot2docker_script(&b, &script));
	/* As docker-machine wrote it. */
	assert_non_null(
		strstr(script.buf,
		       "\nEXTRA_ARGS='\n--label a=b\n--label provider=virtualbox\n--insecure-registry reg:5000\n"
		       "--registry-mirror http://m\n--log-driver=none\n\n'\nCACERT=/var/lib/boot2docker/ca.pem\n"
		       "DOCKER_HOST='-H tcp://0.0.0.0:2376'\nDOCKER_STORAGE=overlay2\nDOCKER_TLS=auto\n"
		       "SERVERKEY=/var/lib/boot2docker/server-key.pem\nSERVERCERT=/var/lib/boot2docker/server.pem\n\n"
		       "export \"FOO=bar\"\n"));
	assert_non_null(
		strstr(script.buf, "\nKEY\nend-of-machine-file\nchmod 600 /var/lib/boot2docker/server-key.pem\n"));
	auto_proc p = { PROC_INIT, .argv = argv, .input = script.buf, .input_len = script.len };
	assert_null(proc_run(&p));
}

static void test_refused(void **state)
{
	static const char *const texts[] = { "{\"Labels\":[\"a=b'; reboot\"]}", "{\"Env\":[\"A=$(reboot)\"]}",
					     "{\"ArbitraryFlags\":[\"x=a\\nb\"]}", "{\"StorageDriver\":\"`x`\"}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_json *engine = NULL;
		auto_str script = STR_INIT;

		assert_null(json_parse(texts[i], strlen(texts[i]), "engine", &engine));
		const struct boot2docker b = { "dev", "CA\n", "CERT\n", "KEY\n", "virtualbox", engine };
		auto_err *e = boot2docker_script(&b, &script);
		if (!e)
			fail_msg("%s was taken", texts[i]);
	}
}

static void note(void *data, const char *line)
{
	list_add(data, line);
}

/* Its SSH comes late: then one session brings the script. */
static void test_set_up(void **state)
{
	static const struct remote_place place = { .host = "h", .user = "docker", .key = "", .known_hosts = "" };
	struct str script = { (char *)"echo hi\n", 8, 0 };
	auto_list said = { 0 };
	auto_remote *host = NULL;

	(void)state;
	fake_remote_reset();
	fake_remote.refuse = 2;
	assert_null(remote_open(&fake_remote_ops, &place, &host));
	assert_null(boot2docker_set_up(host, &script, deadline_in(30000), note, &said));
	assert_int_equal(fake_remote.commands.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(fake_remote.commands.items[i], "sudo sh -e");
	assert_string_equal(fake_remote.input.buf, "echo hi\n");
	assert_int_equal(said.n, 2);
	assert_string_equal(said.items[1], "Provisioning with boot2docker...");
	fake_remote_reset();
}

/* Why it was refused is what is told in the end; without ssh there is nothing to wait for. */
static void test_set_up_fails(void **state)
{
	static const struct remote_place place = { .host = "h", .user = "docker", .key = "", .known_hosts = "" };
	struct str script = { (char *)"echo hi\n", 8, 0 };
	auto_list said = { 0 };
	auto_remote *host = NULL;

	(void)state;
	fake_remote_reset();
	fake_remote.refuse = 1000;
	assert_null(remote_open(&fake_remote_ops, &place, &host));
	auto_err *late = boot2docker_set_up(host, &script, deadline_in(100), note, &said);
	assert_string_equal(late->msg, "'ssh' failed with status 255: refused");
	fake_remote.reason = ERR_NOT_FOUND;
	auto_err *missing = boot2docker_set_up(host, &script, deadline_in(30000), note, &said);
	assert_int_equal(missing->code, ERR_NOT_FOUND);
	fake_remote_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_script), cmocka_unit_test(test_refused),
					    cmocka_unit_test(test_set_up), cmocka_unit_test(test_set_up_fails) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
