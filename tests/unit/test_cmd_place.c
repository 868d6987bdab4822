/* SPDX-License-Identifier: Apache-2.0 */
/* What scp and mount take for a path of this host, and what for one of a machine. */
#include "cmd/place.h"
#include "tests/unit/app.h"

static void test_parse(void **state)
{
	(void)state;
	static const struct {
		const char *text, *machine, *word;
	} cases[] = {
		{ "file", "", "file" },
		{ ".", "", "." },
		{ "/etc/hosts", "", "/etc/hosts" },
		{ "dev:/etc/hosts", "dev", "dev:/etc/hosts" },
		{ "dev:", "dev", "dev:" },
		{ "docker@dev:a", "dev", "docker@dev:a" },
		{ "dev:a:b", "dev", "dev:a:b" },
		{ "dev:a@b", "dev", "dev:a@b" },
		/* A slash before the colon: as for scp a path. */
		{ "./a:b", "", "./a:b" },
		{ "/a:b", "", "/a:b" },
		{ "a/b:c", "", "a/b:c" },
		/* "localhost" is here; what is left must still be no option, and no host. */
		{ "localhost:/tmp/x", "", "/tmp/x" },
		{ "root@localhost:x", "", "x" },
		{ "localhost:a:b", "", "./a:b" },
		{ "localhost:-r", "", "./-r" },
		{ "-r", "", "./-r" },
		{ "-r:x", "-r", "-r:x" },
		{ ":x", "", ":x" },
		{ "", "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_place p = place_parse(cases[i].text);

		if (!str_eq(p.machine, cases[i].machine) || !str_eq(p.word, cases[i].word))
			fail_msg("%s: '%s' '%s'", cases[i].text, p.machine, p.word);
	}
}

/* Nothing is asked of a path of this host; a machine has to be there, and to have SSH. */
static void test_config(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum err_code code;
		const char *error;
	} cases[] = {
		{ "/etc/hosts", 0, NULL },
		{ "x:/a", ERR_NOT_FOUND,
		  "Error loading host: Docker machine \"x\" does not exist. Use \"machine ls\" to list machines. Use "
		  "\"machine "
		  "create\" to add a new one." },
		{ "dev:/a", ERR_UNSUPPORTED, "machine 'dev' has no SSH server that we know of" },
	};
	struct app app;

	app_begin(&app, "machine");
	app_machine("dev", "none", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_place p = place_parse(cases[i].text);
		auto_str config = STR_INIT;

		app_is_error(place_config(&app, &p, &config), cases[i].code, cases[i].error);
		assert_string_equal(config.buf, "");
	}
	app_end(&app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
