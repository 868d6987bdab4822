/* SPDX-License-Identifier: Apache-2.0 */
/* Which machines a command is for, and what happens when some of them cannot be loaded. */
#include <pthread.h>

#include "cmd/progress.h"
#include "cmd/targets.h"
#include "tests/unit/app.h"

#define NO_NAME "Error: No machine name(s) specified and no \"default\" machine exists"
#define UNKNOWN                                                                                                        \
	"Docker machine \"x\" does not exist. Use \"machine ls\" to list machines. Use \"machine create\" to add a "   \
	"new one."

static struct app app;
static int calls;
static char called[64];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int begin(void **state)
{
	(void)state;
	app_begin(&app, "machine");
	app.progress = progress_new(&app);
	calls = 0;
	memset(called, 0, sizeof(called));
	return 0;
}

static int end(void **state)
{
	(void)state;
	progress_free(app.progress);
	app_end(&app);
	return 0;
}

/* The names that a line comes to, joined by commas; the caller frees. */
static char *names_of(const char *line)
{
	auto_list names = { 0 };

	assert_null(app_parse(&app, "stop", line));
	assert_null(target_names(&app, &app.opts, &names));
	return list_join(&names, ",");
}

static void test_names(void **state)
{
	(void)state;
	static const struct {
		const char *line, *want;
	} cases[] = { { "a", "a" }, { "b a", "b,a" }, { "a b a", "a,b" }, { "--timeout 3 a", "a" }, { "", "default" } };

	app_machine("default", "none", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *got = names_of(cases[i].line);

		assert_string_equal(got, cases[i].want);
	}
}

static void test_no_name(void **state)
{
	(void)state;
	auto_list names = { 0 };
	struct err *e;

	assert_null(app_parse(&app, "stop", ""));
	e = target_names(&app, &app.opts, &names);
	assert_non_null(e);
	assert_string_equal(err_hint_of(e), "Name one (machine ls lists them), or make it: machine create default");
	app_is_error(e, ERR_NOT_FOUND, NO_NAME);
	e = target_default(&app, "another hint");
	assert_non_null(e);
	assert_string_equal(err_hint_of(e), "another hint");
	app_is_error(e, ERR_NOT_FOUND, NO_NAME);
}

static void test_one(void **state)
{
	(void)state;
	auto_machine *m = NULL, *none = NULL;

	app_machine("a", "none", "");
	app_machine("b", "none", "");
	assert_null(app_parse(&app, "status", "b"));
	assert_null(target_one(&app, &app.opts, &m));
	assert_string_equal(m->name, "b");
	assert_null(app_parse(&app, "status", "a b"));
	app_is_error(target_one(&app, &app.opts, &none), ERR_FAILED, "Error: Expected one machine name as an argument");
	/* Twice the same is one. */
	assert_null(app_parse(&app, "status", "a a"));
	assert_null(target_one(&app, &app.opts, &none));
	machine_freep(&none);
	none = NULL;
	assert_null(app_parse(&app, "status", "x"));
	app_is_error(target_one(&app, &app.opts, &none), ERR_NOT_FOUND, UNKNOWN);
	assert_null(none);
}

static struct err *call(struct app *a, struct machine *m, const struct opts *o)
{
	assert_ptr_equal(a, &app);
	assert_ptr_equal(o, &app.opts);
	pthread_mutex_lock(&mutex);
	calls++;
	strcat(called, m->name);
	pthread_mutex_unlock(&mutex);
	return str_eq(m->name, "b") ? err_new(ERR_TIMEOUT, "b is slow") : NULL;
}

static void test_each(void **state)
{
	(void)state;

	app_machine("a", "none", "");
	app_machine("b", "none", "");
	app_machine("c", "none", "");
	assert_null(app_parse(&app, "stop", "a c a"));
	assert_null(target_each(&app, &app.opts, call));
	assert_int_equal(calls, 2);
	/* One that fails ends none of the others. */
	assert_null(app_parse(&app, "stop", "a b c"));
	app_is_error(target_each(&app, &app.opts, call), ERR_TIMEOUT, "b is slow");
	assert_int_equal(calls, 5);
}

/* One that is not there, or whose record is no record, keeps all others from being touched. */
static void test_each_loads_first(void **state)
{
	(void)state;
	auto_free char *bad = xasprintf("%s/machines/d/config.json", app_store);
	struct err *e;

	app_machine("a", "none", "");
	app_machine("d", "none", "");
	assert_null(fs_write(bad, "{", 1, 0600));
	assert_null(app_parse(&app, "stop", "a x"));
	app_is_error(target_each(&app, &app.opts, call), ERR_NOT_FOUND, UNKNOWN);
	assert_null(app_parse(&app, "stop", "a x d"));
	e = target_each(&app, &app.opts, call);
	assert_non_null(e);
	auto_free char *text = err_text(e);
	assert_non_null(strstr(text, UNKNOWN));
	if (!strstr(text, "machines/d/config.json' is not JSON"))
		fail_msg("%s", text);
	err_free(e);
	assert_int_equal(calls, 0);
	assert_null(app_parse(&app, "stop", ""));
	app_is_error(target_each(&app, &app.opts, call), ERR_NOT_FOUND, NO_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, begin, end),
		cmocka_unit_test_setup_teardown(test_no_name, begin, end),
		cmocka_unit_test_setup_teardown(test_one, begin, end),
		cmocka_unit_test_setup_teardown(test_each, begin, end),
		cmocka_unit_test_setup_teardown(test_each_loads_first, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
