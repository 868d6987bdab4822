/* SPDX-License-Identifier: Apache-2.0 */
/* Hints name the program, its store and the command's options as the user gave them; and the nearest command. */
#include "cmd/own_name.h"
#include "cmd/unknown.h"
#include "tests/unit/app.h"

static struct app app;

/* A call of argv0 with these options before the command, and a command with its own ("" for none). */
static void call(const char *argv0, const char *global, const char *command, const char *line)
{
	static const struct opt *const tables[] = { app_opts, NULL };
	static char copy[256];
	static char *words[16];

	app_begin(&app, argv0);
	snprintf(copy, sizeof(copy), "%s", global);
	assert_null(opts_parse(&app.global, tables, app_split(copy, words, 16), words, true));
	if (*command)
		assert_null(app_parse(&app, command, line));
}

static void test_program(void **state)
{
	(void)state;
	static const struct {
		const char *argv0, *text, *want;
	} cases[] = {
		{ "machine", "machine start dev", "machine start dev" },
		{ "build/machine", "machine start dev", "build/machine start dev" },
		{ "docker-machine", "Or: machine ls.", "Or: docker-machine ls." },
		{ "/a b/machine", "machine ls", "'/a b/machine' ls" },
		{ "x", "eval \"$(machine env NAME)\" and 'machine ls', `machine ip`",
		  "eval \"$(x env NAME)\" and 'x ls', `x ip`" },
		{ "x", "machine ls or machine rm a", "x ls or x rm a" },
		{ "x", "machine --debug ls; machine --help", "x --debug ls; x --help" },
		/* Where the word is a machine, a folder, or another program. */
		{ "x", "the machine stops", "the machine stops" },
		{ "x", "a machine start", "a x start" },
		{ "x", "docker-machine ls", "docker-machine ls" },
		{ "x", "/usr/bin/machine ls", "/usr/bin/machine ls" },
		{ "x", "machine nonsense", "machine nonsense" },
		{ "x", "machine ", "machine " },
		{ "x", "machine", "machine" },
		{ "x", "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		call(cases[i].argv0, "", "", "");
		auto_free char *got = own_name(&app, cases[i].text);
		if (!str_eq(got, cases[i].want))
			fail_msg("%s: %s", cases[i].text, got);
		app_end(&app);
	}
}

static void test_options(void **state)
{
	(void)state;
	static const struct {
		const char *global, *command, *line, *text, *want;
	} cases[] = {
		/* The store is named, a switch is not, and never what is accepted without effect. */
		{ "-s /d", "", "", "machine rm a", "machine --storage-path /d rm a" },
		{ "--debug -s /d --json", "", "", "machine rm a", "machine --storage-path /d rm a" },
		{ "--github-api-token t --tls-ca-cert c", "", "", "machine rm a", "machine --tls-ca-cert c rm a" },
		/* Help is the same whatever is looked at. */
		{ "-s /d", "", "", "machine --help", "machine --help" },
		{ "-s /d", "", "", "machine help create", "machine help create" },
		{ "-s /d", "create", "-d none", "machine create --help", "machine create --help" },
		{ "-s /d", "create", "--timeout 5", "machine create -d kvm --help", "machine create -d kvm --help" },
		/* The command's own options belong to it alone, */
		{ "", "stop", "--timeout 5 a", "machine stop a", "machine stop --timeout 5 a" },
		{ "", "stop", "--timeout 5 a", "machine kill a", "machine kill a" },
		/* unless the hint has another value, */
		{ "", "stop", "--timeout 5 a", "machine stop --timeout 99 a", "machine stop --timeout 99 a" },
		{ "", "use", "-u", "machine use -u", "machine use -u" },
		/* another driver, whose options are others, */
		{ "", "create", "-d none --url tcp://h:1 --engine-label a=b x", "machine create --driver qemu x",
		  "machine create --engine-label a=b --driver qemu x" },
		/* or a secret in it. */
		{ "", "create", "-d none --url tcp://h:1 --engine-env P=1 x", "machine create x",
		  "machine create --driver none --url tcp://h:1 x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		call("machine", cases[i].global, cases[i].command, cases[i].line);
		auto_free char *got = own_name(&app, cases[i].text);
		if (!str_eq(got, cases[i].want))
			fail_msg("%s: %s", cases[i].text, got);
		app_end(&app);
	}
}

static void test_unknown(void **state)
{
	(void)state;
	static const struct {
		const char *word, *near; /* NULL: none */
	} cases[] = {
		{ "statsu", "status" },
		{ "crate", "create" },
		{ "creat", "create" },
		{ "lss", "ls" },
		{ "regenerate-cert", "regenerate-certs" },
		{ "nonsense", NULL },
		{ "__drive", NULL },
		{ "a-word-that-is-longer-than-any-command-could-be", NULL },
	};

	call("/x/machine", "", "", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *text =
			xasprintf("machine: '%s' is not a machine command. See 'machine --help'.", cases[i].word);
		auto_free char *hint = cases[i].near ? xasprintf("Did you mean 'machine %s'?", cases[i].near) : NULL;
		struct err *e = unknown_command(&app, cases[i].word);

		assert_non_null(e);
		assert_int_equal(e->status, 1);
		if ((hint == NULL) != (err_hint_of(e) == NULL) || (hint && !str_eq(hint, err_hint_of(e))))
			fail_msg("%s: %s", cases[i].word, err_hint_of(e));
		app_is_error(e, ERR_USAGE, text);
	}
	app_end(&app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
