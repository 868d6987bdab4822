/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows `ls` shows, in which order, and what it says of swarms. */
#include "base/json.h"
#include "cmd/ls_filter.h"
#include "cmd/ls_print.h"
#include "cmd/ls_sort.h"
#include "cmd/ls_swarm.h"
#include "tests/unit/app.h"

#define SWARM(master)                                                                                                  \
	"\"SwarmOptions\": {\"Discovery\": \"token://1\", \"Master\": " master ", \"Host\": \"tcp://0.0.0.0:3376\"}"
#define LABELS(list) "\"EngineOptions\": {\"Labels\": [" list "]}"

static const struct {
	const char *name, *driver, *host_options;
	enum machine_state state;
} machines[] = {
	{ "ci-10", "qemu", LABELS("\"team=A\", \"os=linux\""), STATE_RUNNING },
	{ "ci-9", "qemu", LABELS("\"team=B\""), STATE_STOPPED },
	{ "Dev", "none", SWARM("true"), STATE_RUNNING },
	{ "edge", "kvm", SWARM("false"), STATE_TIMEOUT },
	{ "broken", NULL, NULL, STATE_ERROR },
};

/* The rows of machines[]; release with survey_release. */
static void rows_make(struct survey *s)
{
	s->n = ARRAY_SIZE(machines);
	s->rows = xcalloc(s->n, sizeof(*s->rows));
	for (size_t i = 0; i < s->n; i++) {
		struct survey_row *r = &s->rows[i];
		auto_free char *record = xasprintf("{\"DriverName\": \"%s\", \"HostOptions\": {%s}}",
						   machines[i].driver, machines[i].host_options);

		*r = (struct survey_row){ .name = xstrdup(machines[i].name), .state = machines[i].state };
		r->url = xstrdup(r->state == STATE_RUNNING ? "tcp://192.0.2.1:2376" : "");
		if (!machines[i].driver)
			continue;
		r->m = xcalloc(1, sizeof(*r->m));
		r->m->name = xstrdup(r->name);
		assert_null(json_parse(record, strlen(record), "a test", &r->m->record));
	}
}

static char *names_of(const struct survey *s)
{
	auto_list names = { 0 };

	for (size_t i = 0; i < s->n; i++)
		list_add(&names, s->rows[i].name);
	return list_join(&names, " ");
}

static void test_filter(void **state)
{
	(void)state;
	static const struct {
		const char *filters, *want; /* one that cannot be read is never filtered away */
	} cases[] = {
		{ "", "ci-10 ci-9 Dev edge broken" },
		{ "driver=QEMU", "ci-10 ci-9 broken" },
		{ "DRIVER=kvm", "edge broken" },
		{ "driver=kvm driver=none", "Dev edge broken" },
		{ "state=running", "ci-10 Dev broken" },
		{ "state=Running driver=qemu", "ci-10 broken" },
		{ "state=nonsense", "broken" },
		{ "name=ci", "ci-10 ci-9 broken" },
		{ "name=^i", "broken" },
		{ "name=^ci-\\d$", "ci-9 broken" },
		{ "name=^ci-[\\d]+$", "ci-10 ci-9 broken" },
		{ "name=\\D{3}-", "broken" },
		{ "name=^\\D+$", "Dev edge broken" },
		{ "name=^[\\w-]+9$", "ci-9 broken" },
		{ "name=(?i)^dev$", "Dev broken" },
		{ "name=^dev$", "broken" },
		{ "name=^(?:ci|edge)(?:-9)?$", "ci-9 edge broken" },
		{ "name=e[(?:]", "broken" },
		{ "name=ci\\-10", "ci-10 broken" },
		{ "label=team=a", "ci-10 broken" },
		{ "label=TEAM=A", "broken" },
		{ "label=team=A label=team=B", "ci-10 ci-9 broken" },
		{ "label=team", "broken" },
		{ "swarm=dev", "Dev edge broken" },
		{ "swarm=edge", "broken" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_survey s = { 0 };
		auto_list filters = { 0 };

		rows_make(&s);
		list_split(&filters, cases[i].filters, ' ', true);
		assert_null(ls_filter(&s, &filters));
		auto_free char *got = names_of(&s);
		if (!str_eq(got, cases[i].want))
			fail_msg("%s: %s", cases[i].filters, got);
	}
}

static void test_bad_filter(void **state)
{
	(void)state;
	static const struct {
		const char *filter, *want;
	} cases[] = {
		{ "running", "Unsupported filter syntax" },
		{ "colour=red", "Unsupported filter key 'colour'" },
		{ "=red", "Unsupported filter key ''" },
		{ "name=[a", "error parsing regexp: missing closing ]: `[a`" },
		{ "name=(a", "error parsing regexp: missing closing ): `(a`" },
		{ "name=*a", "error parsing regexp: missing argument to repetition operator: `*a`" },
		{ "name=[z-a]", "error parsing regexp: invalid character class range: `[z-a]`" },
		{ "name=a\\", "error parsing regexp: trailing backslash at end of expression: `a\\`" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_survey s = { 0 };
		auto_list filters = { 0 };

		rows_make(&s);
		list_add(&filters, "driver=none");
		list_add(&filters, cases[i].filter);
		app_is_error(ls_filter(&s, &filters), ERR_FAILED, cases[i].want);
		assert_int_equal(s.n, ARRAY_SIZE(machines));
	}
}

static void test_sort(void **state)
{
	(void)state;
	static const struct {
		const char *names, *want;
	} cases[] = {
		{ "ci-10 ci-9 Dev broken", "broken ci-9 ci-10 Dev" },
		{ "b a B A", "A a B b" },
		{ "a1b10 a1b9 a01b1", "a01b1 a1b9 a1b10" },
		{ "a a1 a-1 a10 a2", "a a-1 a1 a2 a10" },
		{ "x007 x7", "x007 x7" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_survey s = { 0 };
		auto_list names = { 0 };

		list_split(&names, cases[i].names, ' ', true);
		s.rows = xcalloc(names.n + 1, sizeof(*s.rows));
		for (; s.n < names.n; s.n++)
			s.rows[s.n].name = xstrdup(names.items[s.n]);
		ls_sort(&s);
		auto_free char *got = names_of(&s);
		assert_string_equal(got, cases[i].want);
	}
}

static void test_swarm(void **state)
{
	(void)state;
	auto_survey s = { 0 };

	rows_make(&s);
	assert_null(ls_swarm_master(&s, &s.rows[0]));
	assert_ptr_equal(ls_swarm_master(&s, &s.rows[2]), &s.rows[2]);
	assert_ptr_equal(ls_swarm_master(&s, &s.rows[3]), &s.rows[2]);
	assert_null(ls_swarm_master(&s, &s.rows[4]));
	/* $DOCKER_HOST is the master's address with the swarm's port. */
	setenv("DOCKER_HOST", "tcp://192.0.2.1:3376", 1);
	for (size_t i = 0; i < s.n; i++)
		assert_int_equal(ls_swarm_is_active(&s.rows[i]), i == 2);
	s.rows[2].state = STATE_STOPPED;
	assert_false(ls_swarm_is_active(&s.rows[2]));
	s.rows[2].state = STATE_RUNNING;
	setenv("DOCKER_HOST", "tcp://192.0.2.1:2376", 1);
	assert_false(ls_swarm_is_active(&s.rows[2]));
	unsetenv("DOCKER_HOST");
	assert_false(ls_swarm_is_active(&s.rows[2]));
}

static void test_print(void **state)
{
	(void)state;
	static const struct {
		const char *format, *want;
	} cases[] = {
		{ "{{.Name}}", "ci-10\nci-9\nDev\nedge\nbroken\n" },
		{ " {{.Active}} ", "-\n-\n-\n\n\n" },
		{ "{{.DriverName}}\\t{{.Swarm}}", "qemu\t\nqemu\t\nnone\tDev (master)\nkvm\tDev\nnot found\t\n" },
		{ "{{.DockerVersion}}", "v27.0.3\nUnknown\nUnknown\n\n\n" },
		{ "table {{.Name}}\\t{{.State}}", "NAME     STATE\nci-10    Running\nci-9     Stopped\nDev      "
						  "Running\nedge     Timeout\nbroken   Error\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_survey s = { 0 };

		rows_make(&s);
		s.rows[0].version = xstrdup("27.0.3");
		app_listen();
		struct err *e = ls_print(&s, cases[i].format);
		auto_free char *got = app_heard();
		assert_null(e);
		assert_string_equal(got, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter), cmocka_unit_test(test_bad_filter), cmocka_unit_test(test_sort),
		cmocka_unit_test(test_swarm),  cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
