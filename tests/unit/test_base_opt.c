/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/opt.h"
#include "base/opt_parse.h"
#include "base/str.h"

static const struct opt command[] = {
	{ "quiet", "q", OPT_FLAG, "T_QUIET", NULL, "Quiet" },
	{ "timeout", "t", OPT_INT, "T_TIMEOUT", "10", "Seconds" },
	{ "format", "f", OPT_STRING, "T_FORMAT", NULL, "Format" },
	{ "filter", NULL, OPT_LIST, "T_FILTER,T_FILTER_OLD", NULL, "Filter" },
	{ 0 },
};

static const struct opt driver[] = {
	{ "url", NULL, OPT_STRING, NULL, NULL, "URL" },
	{ "memory", NULL, OPT_MIB, "T_MEMORY", "2g", "Memory" },
	{ "wait", NULL, OPT_DURATION, "T_WAIT", "90", "Wait" },
	{ "net", NULL, OPT_LIST, NULL, "a, b", "Networks" },
	{ "format", NULL, OPT_LIST, NULL, NULL, "Declared above already" },
	{ 0 },
};

static const struct opt *const tables[] = { command, driver, NULL };

/* Split a line at blanks and parse it. */
static struct err *parse(struct opts *ret, const char *line, bool raw_tail)
{
	auto_list words = { 0 };

	list_split(&words, line, ' ', true);
	return opts_parse(ret, tables, (int)words.n, words.items, raw_tail);
}

static void test_arguments(void **state)
{
	static const struct {
		const char *line, *args;
		bool raw_tail;
	} cases[] = {
		{ "", "", false },
		{ "a b", "a b", false },
		{ "foo -q", "foo", false },
		{ "-q foo", "foo", false },
		{ "a --url x b", "b a", false },
		{ "NAME --url q -q", "NAME", false },
		{ "a - b", "a - b", false },
		{ "a -q - b", "- b a", false },
		{ "a -q -- -b c", "a -b c", false },
		{ "a -- -q", "a -q", false },
		{ "-- -q", "-q", false },
		{ "a -q b -f x c", "b c a", false },
		{ "-q --", "", false },
		{ "-q host ls -f x", "host ls -f x", true },
		{ "host -- ls", "host -- ls", true },
		{ "-- -q x", "-q x", true },
		{ "host -q", "host -q", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_opts o = { 0 };

		assert_null(parse(&o, cases[i].line, cases[i].raw_tail));

		auto_free char *args = list_join(&o.args, " ");

		assert_string_equal(args, cases[i].args);
	}
}

static void test_values(void **state)
{
	static const struct {
		const char *line;
		bool quiet;
		int timeout;
		const char *format;
	} cases[] = {
		{ "", false, 10, "" },
		{ "-q -t 3 -f x", true, 3, "x" },
		{ "--q --t=3 --f=x", true, 3, "x" },
		{ "-quiet -timeout=0x10 -format=a=b", true, 16, "a=b" },
		{ "-quiet=false -t 010", false, 8, "" },
		{ "-q=T", true, 10, "" },
		{ "-q -quiet=0 -f -q", false, 10, "-q" },
		{ "-f= -t -5", false, -5, "" },
		{ "-f 1 -f 2", false, 10, "2" },
		{ "-f -- ", false, 10, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_opts o = { 0 };
		auto_err *err = parse(&o, cases[i].line, false);

		if (i == 6) {
			assert_string_equal(err->msg, "Cannot use two forms of the same flag: q quiet");
			continue;
		}
		if (!cases[i].format) {
			assert_string_equal(err->msg, "flag needs an argument: -f");
			continue;
		}
		assert_null(err);
		assert_int_equal(opts_flag(&o, "quiet"), cases[i].quiet);
		assert_int_equal(opts_int(&o, "timeout"), cases[i].timeout);
		assert_string_equal(opts_str(&o, "format"), cases[i].format);
	}
}

static void test_errors(void **state)
{
	static const char *const cases[][2] = {
		{ "-foo", "flag provided but not defined: -foo" },
		{ "--foo=1", "flag provided but not defined: -foo" },
		{ "a -t", "flag needs an argument: -t" },
		{ "-timeout", "flag needs an argument: -timeout" },
		{ "-t abc", "invalid value \"abc\" for flag -t: parse error" },
		{ "--timeout=", "invalid value \"\" for flag -timeout: parse error" },
		{ "-quiet=maybe", "invalid boolean value \"maybe\" for -quiet: parse error" },
		{ "-memory x", "invalid value \"x\" for flag -memory: parse error" },
		{ "-wait x", "invalid value \"x\" for flag -wait: parse error" },
		{ "---q", "bad flag syntax: ---q" },
		{ "-=x", "bad flag syntax: -=x" },
		{ "--=", "bad flag syntax: --=" },
		{ "-qt 3", "flag provided but not defined: -qt" },
		{ "-t 1 -timeout 2", "Cannot use two forms of the same flag: t timeout" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_opts o = { 0 };
		auto_err *err = parse(&o, cases[i][0], false);

		assert_int_equal(err->code, ERR_USAGE);
		assert_string_equal(err->msg, cases[i][1]);
	}
}

static void test_lists(void **state)
{
	auto_opts o = { 0 }, plain = { 0 };

	(void)state;
	assert_null(parse(&o, "--filter a,b --filter c --net z", false));

	auto_free char *filter = list_join(opts_list(&o, "filter"), "|"), *net = list_join(opts_list(&o, "net"), "|");

	assert_string_equal(filter, "a,b|c");
	assert_string_equal(net, "z");
	assert_null(parse(&plain, "", false));

	auto_free char *fallback = list_join(opts_list(&plain, "net"), "|");

	assert_string_equal(fallback, "a|b");
	assert_false(opts_given(&plain, "net"));
	assert_int_equal(opts_list(&plain, "filter")->n, 0);
}

static void test_environment(void **state)
{
	auto_opts o = { 0 }, bad = { 0 }, line = { 0 }, wrong = { 0 };

	(void)state;
	setenv("T_QUIET", "1", 1);
	setenv("T_TIMEOUT", "0x20", 1);
	setenv("T_FORMAT", "", 1);
	setenv("T_FILTER_OLD", "a, b,c", 1);
	setenv("T_MEMORY", "512m", 1);
	setenv("T_WAIT", "2m", 1);
	assert_null(parse(&o, "", false));
	assert_true(opts_flag(&o, "quiet") && opts_given(&o, "quiet"));
	assert_int_equal(opts_int(&o, "timeout"), 32);
	assert_false(opts_given(&o, "format"));
	assert_int_equal(opts_mib(&o, "memory"), 512);
	assert_int_equal(opts_duration_ms(&o, "wait"), 120000);
	assert_string_equal(opts_str(&o, "wait"), "2m");

	auto_free char *filter = list_join(opts_list(&o, "filter"), "|");

	assert_string_equal(filter, "a|b|c");
	setenv("T_QUIET", "maybe", 1);
	setenv("T_TIMEOUT", "soon", 1);
	assert_null(parse(&bad, "", false));
	assert_false(opts_flag(&bad, "quiet") || opts_given(&bad, "quiet"));
	assert_int_equal(opts_int(&bad, "timeout"), 10);
	assert_null(parse(&line, "-t 5 --filter z", false));
	assert_int_equal(opts_int(&line, "timeout"), 5);
	assert_int_equal(opts_list(&line, "filter")->n, 1);
	setenv("T_MEMORY", "much", 1);

	assert_null(parse(&wrong, "", false));
	assert_int_equal(opts_mib(&wrong, "memory"), 2048);

	auto_err *err = opts_check_variables(&wrong, driver), *fine = opts_check_variables(&wrong, NULL);

	assert_null(fine);
	assert_int_equal(err->code, ERR_USAGE);
	assert_string_equal(err->msg, "invalid value of T_MEMORY for --memory");
	unsetenv("T_QUIET");
	unsetenv("T_TIMEOUT");
	unsetenv("T_FORMAT");
	unsetenv("T_FILTER_OLD");
	unsetenv("T_MEMORY");
	unsetenv("T_WAIT");
}

static void test_bugs(void **state)
{
	static const char *const names[] = { "nothing", "q", "url" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			struct opts o = { 0 };

			signal(SIGABRT, SIG_DFL);
			close(STDERR_FILENO);
			if (!parse(&o, "", false))
				opts_flag(&o, names[i]);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

static void test_units(void **state)
{
	auto_opts o = { 0 };

	(void)state;
	assert_null(parse(&o, "--memory 3g --wait 500ms", false));
	assert_int_equal(opts_mib(&o, "memory"), 3072);
	assert_int_equal(opts_duration_ms(&o, "wait"), 500);
}

static void test_help(void **state)
{
	static const char *const lines[] = { "-h", "a --help", "-help", "-t 1 -h" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		auto_opts o = { 0 };
		auto_err *err = parse(&o, lines[i], false);

		assert_int_equal(err->code, ERR_HELP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_values),      cmocka_unit_test(test_errors),
		cmocka_unit_test(test_lists),	  cmocka_unit_test(test_environment), cmocka_unit_test(test_bugs),
		cmocka_unit_test(test_units),	  cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests_name("base opt", tests, NULL, NULL);
}
