/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for a driver's optional members, and the words for what a driver cannot do. */
#include "core/driver_call.h"

#include "base/opt.h"
#include "base/opt_parse.h"
#include "core/survey.h"
#include "tests/unit/fake_driver.h"

static struct machine *open_dev(void)
{
	struct machine *m = NULL;

	fake_machine("dev", NULL);
	assert_null(machine_open(&core, "dev", &m));
	return m;
}

/* A driver that has the required members alone. */
static void bare(unsigned caps)
{
	fake_ops = (struct driver_ops){ .caps = caps,
					.from_opts = fake_from_opts,
					.from_record = fake_from_record,
					.close = fake_close,
					.save = fake_save,
					.create = fake_create,
					.remove = fake_remove,
					.state = fake_state,
					.endpoint = fake_endpoint };
}

static void test_defaults(void **state)
{
	auto_machine *m = open_dev();
	auto_json *machine = json_object();
	bool yes = true, done = true;

	(void)state;
	bare(DRIVER_NO_POWER | DRIVER_NO_SSH);
	assert_null(driver_broken_rule(&fake_driver));
	assert_null(driver_precheck(m));
	assert_null(driver_limit(m));
	assert_null(driver_plan(m, &yes));
	assert_false(yes);
	assert_null(driver_seed_machine(m, machine));
	assert_null(json_first(machine));
	assert_null(driver_start(m, NULL));
	assert_null(driver_restart(m, 1000, &done));
	assert_false(done);
	assert_null(driver_wait_ready(m, deadline_in(1000), NULL, NULL));
	assert_null(driver_ask_problem(m));
	assert_null(driver_reach(m));
	assert_null(driver_reseed(m, "seed"));
	assert_null(driver_upgrade(m, NULL));
	assert_null(driver_fetch_console(m));
	assert_null(driver_sweep_all(m));
	assert_false(driver_was_woken(m));
	assert_false(driver_tells_guest(m));
	assert_int_equal(driver_ask_system(m), DRIVER_SYSTEM_FOREIGN);
	assert_calls("");
}

static void test_members(void **state)
{
	auto_machine *m = open_dev();
	auto_json *machine = json_object();
	auto_endpoint end = { 0 };
	enum machine_state s;
	bool planned;

	(void)state;
	fake_ops.restart = fake_restart;
	fake.problem = "slow";
	assert_null(driver_precheck(m));
	assert_null(driver_plan(m, &planned));
	assert_true(planned);
	assert_null(driver_seed_machine(m, machine));
	assert_string_equal(json_str_or(machine, "fake", ""), "yes");
	assert_null(driver_ask_endpoint(m, &end));
	assert_string_equal(end.url, "tcp://127.0.0.9:2376");
	assert_null(driver_ask_state(m, &s));
	assert_int_equal(s, STATE_STOPPED);
	auto_free char *problem = driver_ask_problem(m);
	assert_string_equal(problem, "slow");
	assert_true(driver_tells_guest(m));
	assert_has(driver_fetch_console(m), "/machines/dev/console.log");
	assert_null(driver_sweep_all(m));
	assert_calls("precheck plan sweep ");
	assert_null(driver_save(m));
	driver_close(m);
	driver_close(m);
	assert_null(m->self);
	assert_null(driver_save(m));
}

/* Exactly the words that callers read. */
static void test_cannot(void **state)
{
	auto_machine *m = open_dev();
	struct driver_port *ports;
	size_t n;
	int status;

	(void)state;
	bare(DRIVER_NO_POWER | DRIVER_NO_SSH);
	assert_false(driver_has_power(m));
	assert_err(driver_need_power(m, "started"), ERR_UNSUPPORTED, "hosts without a driver cannot be started");
	assert_err(driver_need_ssh(m), ERR_UNSUPPORTED, "machine 'dev' has no SSH server that we know of");
	assert_err(driver_need_resize(m), ERR_UNSUPPORTED, "driver 'fake' cannot change a machine's sizes");
	assert_err(driver_need_upgrade(m), ERR_UNSUPPORTED, "driver 'fake' boots no image of ours");
	bare(DRIVER_NEEDS_IMAGE);
	assert_null(driver_need_power(m, "started"));
	assert_null(driver_need_ssh(m));
	assert_null(driver_need_upgrade(m));
	assert_int_equal(driver_ask_system(m), DRIVER_SYSTEM_OURS);
	bare(DRIVER_NEEDS_IMAGE | DRIVER_KEEPS_IMAGE | DRIVER_NEEDS_ISO);
	struct err *e = driver_need_upgrade(m);
	assert_string_equal(err_hint_of(e),
			    "Its disk is based on the one that it was made with. Make another machine: machine "
			    "create -d fake NAME");
	assert_err(e, ERR_UNSUPPORTED, "driver 'fake' cannot give a machine another image");
	assert_true(driver_keeps_image(m) && driver_boots_iso(m) && driver_makes_machines(&fake_driver));
	e = driver_ports(m, &ports, &n);
	assert_string_equal(err_hint_of(e), "Ask the engine: docker ps");
	assert_err(e, ERR_UNSUPPORTED, "driver 'fake' does not know what is published");
	assert_err(driver_run_helper("fake", 0, NULL, &status), ERR_NOT_FOUND,
		   "driver 'fake' has no process of its own");
	assert_err(driver_run_helper("gone", 0, NULL, &status), ERR_NOT_FOUND,
		   "driver 'gone' has no process of its own");
}

static int helper_main(int argc, char *const *argv)
{
	return argc == 1 && strcmp(argv[0], "word") == 0 ? 7 : 1;
}

static void test_helper(void **state)
{
	char *argv[] = { (char *)"word", NULL };
	int status = 0;

	(void)state;
	fake_ops.helper_main = helper_main;
	assert_null(driver_run_helper("fake", 1, argv, &status));
	assert_int_equal(status, 7);
}

/* Members see which instance of their driver they are called for. */
static void test_instance(void **state)
{
	static const struct opt *const tables[] = { record_opts, fake_opts, NULL };
	auto_opts o = { 0 };
	auto_machine *m = NULL, *again = open_dev();

	(void)state;
	assert_null(opts_parse(&o, tables, 0, NULL, false));
	assert_null(machine_new(&core, "two", &fake_driver, &o, &m));
	assert_ptr_equal(((const struct driver_env *)m->self)->instance, fake_driver.data);
	assert_ptr_equal(((const struct driver_env *)again->self)->instance, fake_driver.data);
}

/* Asking all at once: what fails stands in the row of its machine. */
static void test_survey(void **state)
{
	auto_survey s = { 0 };

	(void)state;
	fake_machine("a", NULL);
	fake_machine("b", "creating");
	fake_machine("c", NULL);
	put("machines/c/config.json", "{");
	fake.now = STATE_RUNNING;
	setenv("DOCKER_HOST", "tcp://127.0.0.9:2376", 1);
	assert_null(survey_machines(&core, 1000, &s));
	assert_int_equal(s.n, 3);
	assert_int_equal(s.rows[0].state, STATE_RUNNING);
	assert_string_equal(s.rows[0].url, "tcp://127.0.0.9:2376");
	assert_true(s.rows[0].active);
	assert_null(s.rows[0].error);
	assert_int_equal(s.rows[0].m->env.patience_ms, 1000);
	assert_int_equal(s.rows[1].state, STATE_ERROR);
	assert_string_equal(s.rows[1].url, "");
	assert_int_equal(s.rows[2].state, STATE_ERROR);
	assert_null(s.rows[2].m);
	assert_non_null(s.rows[2].error);
	survey_drop(&s, 1);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.rows[1].name, "c");
	unsetenv("DOCKER_HOST");
}

/* `ls` restarts what carries ports, too; a hypervisor that does not answer in time is a state of its own. */
static void test_survey_states(void **state)
{
	static const struct {
		const char *fail;
		enum err_code code;
		enum machine_state want;
		const char *error;
	} cases[] = { { "state", ERR_TIMEOUT, STATE_TIMEOUT, NULL },
		      { "state", ERR_FAILED, STATE_ERROR, "the fake fails in state" },
		      { "reach", ERR_FAILED, STATE_RUNNING, "the fake fails in reach" },
		      { NULL, ERR_FAILED, STATE_RUNNING, "no room" } };

	(void)state;
	fake_machine("a", NULL);
	fake.now = STATE_RUNNING;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_survey s = { 0 };

		fake.fail = cases[i].fail;
		fake.code = cases[i].code;
		fake.problem = cases[i].fail ? NULL : "no room";
		assert_null(survey_machines(&core, 1000, &s));
		assert_int_equal(s.rows[0].state, cases[i].want);
		assert_string_equal(s.rows[0].url, "");
		assert_true(str_eq(s.rows[0].error, cases[i].error));
	}
	assert_calls("reach ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_defaults),      fake_test(test_members),	 fake_test(test_cannot),
		fake_test(test_helper),	       fake_test(test_instance), fake_test(test_survey),
		fake_test(test_survey_states),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
