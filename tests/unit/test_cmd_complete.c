/* SPDX-License-Identifier: Apache-2.0 */
/* What the last word of a line could become. */
#include "base/list.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "tests/unit/app.h"

static struct app app;

static int begin(void **state)
{
	(void)state;
	app_begin(&app, "machine");
	app_machine("dev", "none", "");
	app_machine("ci-1", "none", "");
	app_machine("ci-2", "none", "");
	return 0;
}

static int end(void **state)
{
	(void)state;
	app_end(&app);
	return 0;
}

/* The candidates of a line without their meanings, joined by blanks. A blank at its end begins an empty word. */
static char *candidates(const char *line)
{
	auto_free char *copy = xstrdup(line);
	auto_list lines = { 0 }, names = { 0 };
	char *words[33];
	size_t len = strlen(line);
	int n = app_split(copy, words, 32);

	if (!len || line[len - 1] == ' ')
		words[n++] = (char *)"";
	app_listen();
	struct err *e = cmd_complete.run_verbatim(&app, n, words);
	auto_free char *heard = app_heard();
	assert_null(e);
	list_split(&lines, heard, '\n', true);
	for (size_t i = 0; i < lines.n; i++) {
		auto_free char *name = xstrndup(lines.items[i], strcspn(lines.items[i], "\t"));

		list_add(&names, name);
	}
	return list_join(&names, " ");
}

static void test_exact(void **state)
{
	(void)state;
	static const struct {
		const char *line, *want;
	} cases[] = {
		/* commands, and what is hidden */
		{ "st", "start status stop" },
		{ "__", "" },
		{ "nonsense", "" },
		{ "nonsense ", "" },
		{ "help re", "regenerate-certs restart" },
		/* machines */
		{ "stop ", "ci-1 ci-2 dev" },
		{ "stop c", "ci-1 ci-2" },
		{ "stop ci-1 d", "dev" },
		{ "stop --timeout 5 d", "dev" },
		{ "stop --timeout=5 d", "dev" },
		{ "tls-regenerate-certs d", "dev" },
		/* places: a machine wants its path, and a file of this host will do */
		{ "scp d", "dev: :files" },
		{ "scp dev:/etc", ":files" },
		{ "mount ci-", "ci-1: ci-2: :files" },
		/* options; one dash will do */
		{ "stop --t", "--timeout" },
		{ "stop -t", "-timeout" },
		{ "rm -", "--force --y" },
		{ "--js", "--json" },
		{ "--github", "" },
		/* values of options */
		{ "create --driver n", "none" },
		{ "create -d n", "none" },
		{ "create --driver=n", "--driver=none" },
		{ "env --shell f", "fish" },
		{ "env --shell=c", "--shell=cmd" },
		{ "create --image ", ":files" },
		{ "create --image=/x", ":files" },
		{ "stop --timeout ", "" },
		{ "--storage-path ", ":files" },
		{ "stop --nonsense=", "" },
		/* filters */
		{ "ls --filter s", "state= swarm=" },
		{ "ls --filter=s", "--filter=state= --filter=swarm=" },
		{ "ls --filter state=St", "state=Stopped state=Stopping state=Starting" },
		{ "ls --filter=driver=q", "--filter=driver=qemu" },
		{ "ls --filter name=d", "name=dev" },
		{ "ls --filter label=", "" },
		/* arguments of other kinds */
		{ "completion ", "bash fish zsh" },
		{ "doctor v", "virtualbox" },
		{ "prune ", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *got = candidates(cases[i].line);

		if (!str_eq(got, cases[i].want))
			fail_msg("%s: %s", cases[i].line, got);
	}
}

/* All commands but those that are hidden, for an empty line and after options before the command. */
static void test_commands(void **state)
{
	(void)state;
	auto_str want = STR_INIT;

	for (const struct cmd *const *c = cmd_table; *c; c++)
		if (!((*c)->flags & CMD_HIDDEN))
			str_addf(&want, "%s%s", want.len ? " " : "", (*c)->name);
	static const char *const lines[] = { "", "--debug ", "--tls-ca-cert x ", "--tls-ca-cert=x --json " };
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		auto_free char *got = candidates(lines[i]);

		assert_string_equal(got, want.buf);
	}
}

static bool has(const char *line, const char *word)
{
	auto_free char *got = candidates(line);
	auto_list words = { 0 };

	list_split(&words, got, ' ', true);
	return list_has(&words, word);
}

/* Options of create are those of the driver that is meant. */
static void test_drivers(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		bool qemu, url, engine;
	} cases[] = {
		{ "create --", true, false, true },
		{ "create -d none --", false, true, true },
		{ "create --driver=none --", false, true, true },
		{ "create --driver none --engine-env a --", false, true, true },
		{ "create --driver none --driver qemu --", true, false, true },
		{ "create --driver nonsense --", false, false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(has(cases[i].line, "--qemu-memory"), cases[i].qemu);
		assert_int_equal(has(cases[i].line, "--url"), cases[i].url);
		assert_int_equal(has(cases[i].line, "--engine-env"), cases[i].engine);
	}
}

/* The store that the line names, not the one of the call. */
static void test_store(void **state)
{
	(void)state;
	auto_free char *elsewhere = xasprintf("-s %s/other stop ", app_store);
	auto_free char *same = xasprintf("--storage-path=%s stop d", app_store);
	auto_free char *none = candidates(elsewhere);
	auto_free char *dev = candidates(same);

	assert_string_equal(none, "");
	assert_string_equal(dev, "dev");
	assert_string_equal(core_prog(&app.core), "machine");
}

/* Each candidate has its meaning behind a tab, from the tables. */
static void test_meaning(void **state)
{
	(void)state;
	char *words[] = { (char *)"url" };

	app_listen();
	struct err *e = cmd_complete.run_verbatim(&app, 1, words);
	auto_free char *heard = app_heard();
	assert_null(e);
	assert_string_equal(heard, "url\tGet the URL of a machine\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_exact, begin, end),
		cmocka_unit_test_setup_teardown(test_commands, begin, end),
		cmocka_unit_test_setup_teardown(test_drivers, begin, end),
		cmocka_unit_test_setup_teardown(test_store, begin, end),
		cmocka_unit_test_setup_teardown(test_meaning, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
