/* SPDX-License-Identifier: Apache-2.0 */
/* What `create` was told comes to: names, a driver, and whose options they are; and which of them its help shows. */
#include <sys/stat.h>

#include "base/list.h"
#include "cmd/create_help.h"
#include "cmd/create_opts.h"
#include "tests/unit/app.h"

static struct app app;

static void begin(const char *argv0)
{
	app_begin(&app, argv0);
	unsetenv("MACHINE_DRIVER");
}

static void test_names(void **state)
{
	(void)state;
	static const struct {
		const char *argv0, *line, *want, *error;
	} cases[] = {
		{ "machine", "a", "a", NULL },
		{ "machine", "a b", "a,b", NULL },
		{ "machine", "--count 3 ci", "ci-1,ci-2,ci-3", NULL },
		{ "machine", "--count 1 ci", "ci-1", NULL },
		{ "machine", "", NULL, "Error: No machine name specified" },
		{ "machine", "--count 3", NULL, "Error: No machine name specified" },
		{ "machine", "--count 0 ci", NULL, "--count takes one name, and a number from 1 to 1000" },
		{ "machine", "--count -1 ci", NULL, "--count takes one name, and a number from 1 to 1000" },
		{ "machine", "--count 1001 ci", NULL, "--count takes one name, and a number from 1 to 1000" },
		{ "machine", "--count 2 a b", NULL, "--count takes one name, and a number from 1 to 1000" },
		{ "docker-machine", "a", "a", NULL },
		{ "docker-machine", "a b c", NULL, "Invalid command line. Found extra arguments [b c]" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_list names = { 0 };

		begin(cases[i].argv0);
		assert_null(app_parse(&app, "create", cases[i].line));
		app_is_error(create_opts_names(&app, &app.opts, &names), ERR_USAGE, cases[i].error);
		auto_free char *got = list_join(&names, ",");
		assert_string_equal(got, cases[i].want ? cases[i].want : "");
		app_end(&app);
	}
}

/* The last name of a thousand, and no more. */
static void test_thousand(void **state)
{
	(void)state;
	auto_list names = { 0 };

	begin("machine");
	assert_null(app_parse(&app, "create", "--count 1000 ci"));
	assert_null(create_opts_names(&app, &app.opts, &names));
	assert_int_equal(names.n, 1000);
	assert_string_equal(names.items[999], "ci-1000");
	app_end(&app);
}

static char warned[256];

static void warn(void *data, enum say_kind kind, const char *machine, const char *text)
{
	(void)data, (void)machine;
	assert_int_equal(kind, SAY_WARN);
	snprintf(warned, sizeof(warned), "%s", text);
}

/* The driver of a line; NULL: an error, which is to be this one. */
static void driver_is(const char *argv0, const char *line, const char *want, const char *error)
{
	const struct driver *driver = NULL;

	begin(argv0);
	*warned = '\0';
	app.core.say = warn;
	assert_null(app_parse(&app, "create", line));
	app_is_error(create_opts_driver(&app, &app.opts, &driver), ERR_NOT_FOUND, error);
	if (want)
		assert_string_equal(driver->name, want);
	else
		assert_null(driver);
	app_end(&app);
}

static void test_driver(void **state)
{
	(void)state;
	driver_is("machine", "a", "qemu", NULL);
	driver_is("machine", "a -d none", "none", NULL);
	driver_is("machine", "-d kvm -d none a", "none", NULL);
	driver_is("machine", "-d nope a", NULL,
		  "Driver \"nope\" not found. Do you have the plugin binary \"docker-machine-driver-nope\" accessible "
		  "in your "
		  "PATH?");
	driver_is("machine", "-d QEMU a", NULL,
		  "Driver \"QEMU\" not found. Do you have the plugin binary \"docker-machine-driver-QEMU\" accessible "
		  "in your "
		  "PATH?");
}

/* Its hint names what there is. */
static void test_driver_hint(void **state)
{
	(void)state;
	const struct driver *driver = NULL;

	begin("machine");
	assert_null(app_parse(&app, "create", "-d nope a"));
	struct err *e = create_opts_driver(&app, &app.opts, &driver);
	assert_non_null(e);
	assert_string_equal(err_hint_of(e), "Drivers of this build: qemu, kvm, virtualbox, none");
	err_free(e);
	app_end(&app);
}

/* By its old name the tool takes VirtualBox, where that is there, and says when it is not. */
static void test_old_name(void **state)
{
	(void)state;
	char dir[] = "/tmp/unit-path.XXXXXX";
	auto_free char *old_path = xstrdup(getenv("PATH"));

	assert_non_null(mkdtemp(dir));
	setenv("PATH", dir, 1);
	driver_is("/x/docker-machine", "a", "qemu", NULL);
	assert_string_equal(warned, "VirtualBox is not installed: the driver qemu is used (choose with --driver)");
	driver_is("docker-machine", "-d none a", "none", NULL);
	assert_string_equal(warned, "");
	auto_free char *program = xasprintf("%s/VBoxManage", dir);
	assert_null(fs_write(program, "#!/bin/sh\n", 10, 0755));
	assert_int_equal(chmod(program, 0755), 0);
	driver_is("docker-machine", "a", "virtualbox", NULL);
	assert_string_equal(warned, "");
	driver_is("machine", "a", "qemu", NULL);
	setenv("PATH", old_path, 1);
	assert_null(fs_remove_tree(dir));
}

static void test_foreign(void **state)
{
	(void)state;
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "-d none --url tcp://x:1 a", NULL },
		{ "--url tcp://x:1 a -d none", NULL },
		{ "-d none --engine-label a=b a", NULL },
		{ "-d none --qemu-memory 512 a", "flag provided but not defined: -qemu-memory" },
		{ "--qemu-memory 512 a -d none", "flag provided but not defined: -qemu-memory" },
		{ "-d qemu --url tcp://x:1 a", "flag provided but not defined: -url" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct driver *driver = NULL;

		begin("machine");
		assert_null(app_parse(&app, "create", cases[i].line));
		assert_null(create_opts_driver(&app, &app.opts, &driver));
		app_is_error(create_opts_foreign(&app.opts, driver), ERR_USAGE, cases[i].error);
		app_end(&app);
	}
	/* A variable that is set for another driver is nobody's mistake. */
	setenv("QEMU_MEMORY", "512", 1);
	const struct driver *driver = NULL;
	begin("machine");
	assert_null(app_parse(&app, "create", "-d none a"));
	assert_null(create_opts_driver(&app, &app.opts, &driver));
	assert_null(create_opts_foreign(&app.opts, driver));
	app_end(&app);
	unsetenv("QEMU_MEMORY");
}

/* What create's help shows for these words; the caller frees. */
static char *help_of(const char *line)
{
	auto_free char *copy = xstrdup(line);
	char *words[16], *text = NULL;
	size_t len = 0;
	int n = app_split(copy, words, 16);
	FILE *out = open_memstream(&text, &len);

	create_help(out, &app, n, words);
	fclose(out);
	return text;
}

static void test_help(void **state)
{
	(void)state;
	static const struct {
		const char *variable, *line, *shown; /* the driver whose options are shown; NULL: of all; "": of none */
	} cases[] = {
		{ "", "--help", "qemu" },
		{ "", "-d kvm --help", "kvm" },
		{ "", "--driver kvm --help", "kvm" },
		{ "", "--driver=none -h", "none" },
		{ "", "-driver none -h", "none" },
		{ "", "-d=none -h", "none" },
		{ "none", "--help", "none" },
		{ "none", "-d kvm --help", "kvm" },
		{ "", "-d nope --help", "" },
		{ "", "a --help -d", "qemu" },
		{ "", "", NULL },
	};
	static const char *const drivers[] = { "qemu", "kvm", "none" };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin("machine");
		setenv("MACHINE_DRIVER", cases[i].variable, 1);
		auto_free char *text = help_of(cases[i].line);
		for (size_t d = 0; d < ARRAY_SIZE(drivers); d++) {
			auto_free char *title = xasprintf("\nOptions of the driver %s:\n", drivers[d]);
			auto_free char *other = xasprintf("\n  machine create -d %s --help\n", drivers[d]);
			bool shown = !cases[i].shown || str_eq(cases[i].shown, drivers[d]);

			if (!!strstr(text, title) != shown || !!strstr(text, other) == shown)
				fail_msg("%s %s: %s", cases[i].variable, cases[i].line, drivers[d]);
		}
		assert_int_equal(!!strstr(text, "There is no driver 'nope'."), !!strstr(cases[i].line, "nope"));
		assert_non_null(strstr(text, "--engine-label"));
		app_end(&app);
	}
	unsetenv("MACHINE_DRIVER");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	    cmocka_unit_test(test_thousand), cmocka_unit_test(test_driver),
		cmocka_unit_test(test_driver_hint), cmocka_unit_test(test_old_name), cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
