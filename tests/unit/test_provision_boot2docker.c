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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_script), cmocka_unit_test(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
