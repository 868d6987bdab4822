/* SPDX-License-Identifier: Apache-2.0 */
/* create with a driver and a provisioner that fail in each step in turn: nothing is left, and the error names the step. */
#include "core/create.h"

#include "base/opt.h"
#include "base/opt_parse.h"
#include "core/remove.h"
#include "tests/unit/fake_provisioner.h"

static struct opts opts;

static struct create_request request(const char *name)
{
	static const struct opt *const tables[] = { record_opts, fake_opts, NULL };

	opts_release(&opts);
	opts = (struct opts){ 0 };
	assert_null(opts_parse(&opts, tables, 0, NULL, false));
	return (struct create_request){ .name = name, .driver = &fake_driver, .opts = &opts, .timeout_ms = 20000 };
}

static void test_order(void **state)
{
	struct create_request q = request("dev");
	auto_machine *m = NULL;

	(void)state;
	assert_null(machine_create(&core, &q));
	assert_calls("from_opts check precheck plan make create start reach wait_ready settings reach reach engine ");
	assert_string_equal(strstr(fake.said.buf, "Creating machine..."),
			    "Creating machine...\n"
			    "Waiting for machine to be running, this may take a "
			    "few minutes...\n"
			    "- dev: start\n- dev: root\n! dev: odd\n"
			    "- dev: check\nDocker is up and running!\n");
	assert_has(fake.said.buf, "Running pre-create checks...\nCreating CA: ");
	assert_int_equal(fake.seeds, 1);
	assert_null(machine_open(&core, "dev", &m));
	assert_false(machine_is_half_made(m));
	assert_false(record_is_booting(m->record));
	assert_string_equal(json_str_or(m->record, "DriverName", ""), "fake");
	assert_ptr_equal(m->env.instance, fake_driver.data);
	assert_true(fs_exists(in_store("machines/dev/ca.pem")));
	assert_true(fs_exists(in_store("machines/dev/key.pem")));
}

/* Where a step fails, what the error says, and what was called until then and for undoing it. */
static const struct {
	const char *step, *text, *calls;
	enum err_code code;
} steps[] = {
	{ "from_opts", "Error setting machine configuration from flags provided: the fake fails in from_opts",
	  "from_opts ", ERR_FAILED },
	{ "check", "Error setting machine configuration from flags provided: the fake fails in check",
	  "from_opts check ", ERR_FAILED },
	{ "precheck", "Error with pre-create check: the fake fails in precheck", "from_opts check precheck ",
	  ERR_PRECHECK },
	{ "plan", "Error creating machine: the fake fails in plan", "from_opts check precheck plan remove ",
	  ERR_FAILED },
	{ "make", "Error creating machine: the fake fails in make", "from_opts check precheck plan make remove ",
	  ERR_FAILED },
	{ "create", "Error creating machine: Error in driver during machine creation: the fake fails in create",
	  "from_opts check precheck plan make create remove ", ERR_FAILED },
	{ "start", "Error creating machine: the fake fails in start",
	  "from_opts check precheck plan make create start reach remove ", ERR_FAILED },
	{ "reach", "Error creating machine: the fake fails in reach",
	  "from_opts check precheck plan make create start reach remove ", ERR_FAILED },
	{ "wait_ready", "Error creating machine: the fake fails in wait_ready",
	  "from_opts check precheck plan make create start reach wait_ready remove ", ERR_FAILED },
	{ "settings", "Error creating machine: the fake fails in settings",
	  "from_opts check precheck plan make create start reach wait_ready settings remove ", ERR_FAILED },
};

static void test_undo(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct create_request q = request("dev");

		fake.fail = steps[i].step;
		struct err *e = machine_create(&core, &q);
		bool begun = strstr(steps[i].calls, "plan") != NULL;
		const char *hint = e ? err_hint_of(e) : NULL;

		assert_int_equal(hint && strstr(hint, "machine create --keep-on-failure dev"), begun);
		assert_err(e, steps[i].code, steps[i].text);
		assert_calls(steps[i].calls);
		assert_nothing_left("dev");
	}
	/* And then the name is free. */
	struct create_request q = request("dev");

	fake.fail = NULL;
	assert_null(machine_create(&core, &q));
}

/* An engine that refuses us ends it at once, one that does not answer at the deadline. */
static void test_engine(void **state)
{
	struct create_request q = request("dev");

	(void)state;
	fake.fail = "engine";
	fake.code = ERR_AUTH;
	assert_err(machine_create(&core, &q), ERR_AUTH, "Error creating machine: the fake fails in engine");
	assert_nothing_left("dev");
	fake.code = ERR_NETWORK;
	q.timeout_ms = 300;
	struct err *e = machine_create(&core, &q);
	auto_free char *text = e ? err_text(e) : xstrdup("");
	assert_int_equal(e->code, ERR_TIMEOUT);
	assert_has(text, "the last answer was: the fake fails in engine");
	err_free(e);
	assert_nothing_left("dev");
	assert_has(fake.said.buf, "logs/dev.console.log");
	assert_true(fs_exists(in_store("logs/dev.console.log")));
}

static void test_interrupted(void **state)
{
	(void)state;
	for (size_t i = 3; i < ARRAY_SIZE(steps); i++) {
		struct create_request q = request("dev");

		fake.fail = steps[i].step;
		fake.code = ERR_INTERRUPTED;
		str_clear(&fake.said);
		struct err *e = machine_create(&core, &q);
		assert_int_equal(e->code, ERR_INTERRUPTED);
		assert_null(err_hint_of(e));
		err_free(e);
		assert_null(strstr(fake.said.buf, "console"));
		assert_nothing_left("dev");
	}
}

static struct err *remove_refuses(void *self)
{
	(void)self;
	return err_new(ERR_FAILED, "it stays");
}

/* What cannot be undone stays where `rm` finds it. */
static void test_undo_fails(void **state)
{
	struct create_request q = request("dev");
	auto_machine *m = NULL;

	(void)state;
	fake.fail = "create";
	fake_ops.remove = remove_refuses;
	assert_err(machine_create(&core, &q), ERR_FAILED,
		   "Error creating machine: Error in driver during machine creation: the fake fails in create");
	assert_has(fake.said.buf, "! dev: could not undo everything: it stays. Clean up with: machine rm -f dev\n");
	assert_null(machine_open(&core, "dev", &m));
	assert_true(machine_is_half_made(m));
	fake_ops.remove = fake_whole.remove;
	assert_null(machine_remove(&core, "dev", REMOVE_ASKED));
	assert_nothing_left("dev");
}

static void test_keep(void **state)
{
	struct create_request q = request("dev");
	auto_machine *m = NULL;
	enum machine_state s;

	(void)state;
	q.keep_on_failure = true;
	fake.fail = "wait_ready";
	assert_err(machine_create(&core, &q), ERR_FAILED, "Error creating machine: the fake fails in wait_ready");
	assert_has(fake.said.buf, "! dev: kept as it is (--keep-on-failure); remove it with: machine rm dev\n");
	assert_true(fake.outside);
	fake.fail = NULL;
	assert_null(machine_open(&core, "dev", &m));
	assert_true(machine_is_half_made(m));
	assert_null(machine_state(m, &s));
	assert_int_equal(s, STATE_ERROR);
	/* Neither is it made again, nor is it what --if-missing means. */
	assert_err(machine_create(&core, &q), ERR_EXISTS, "Docker machine \"dev\" already exists");
	bool existed = false;
	q.existed = &existed;
	assert_err(machine_create(&core, &q), ERR_WRONG_STATE,
		   "machine 'dev' was never finished: its create was interrupted");
	assert_false(existed);
	assert_null(machine_remove(&core, "dev", REMOVE_HALF_MADE));
	assert_nothing_left("dev");
}

static void test_existed(void **state)
{
	struct create_request q = request("dev");
	bool existed = false;

	(void)state;
	fake_machine("dev", NULL);
	q.existed = &existed;
	assert_null(machine_create(&core, &q));
	assert_true(existed);
	assert_calls("");
	q.existed = NULL;
	assert_err(machine_create(&core, &q), ERR_EXISTS, "Docker machine \"dev\" already exists");
}

static void test_refused(void **state)
{
	struct create_request q = request("-dev");
	auto_lock lock = STORE_LOCK_INIT;

	(void)state;
	assert_err(machine_create(&core, &q), ERR_USAGE,
		   "Error creating machine: Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -");
	assert_null(store_lock(&core, "dev", "rm", 0, &lock));
	q = request("dev");
	struct err *e = machine_create(&core, &q);
	assert_int_equal(e->code, ERR_WRONG_STATE);
	err_free(e);
	assert_calls("");
}

/* Somebody else's engine: nothing is booted, waited for or asked. */
static void test_foreign(void **state)
{
	struct create_request q = request("dev");

	(void)state;
	fake_provisioner.sets_up = false;
	fake_ops.plan = NULL;
	fake_ops.precheck = NULL;
	fake_ops.caps = DRIVER_NO_POWER | DRIVER_NO_SSH;
	assert_null(machine_create(&core, &q));
	assert_calls("from_opts check make create ");
	assert_null(strstr(fake.said.buf, "Waiting for machine"));
}

/* A host that is on already, which a driver without power knows of, is set up and asked. */
static void test_no_power(void **state)
{
	struct create_request q = request("dev");

	(void)state;
	fake_ops.start = NULL;
	fake_ops.stop = NULL;
	fake_ops.kill = NULL;
	fake_ops.wait_ready = NULL;
	fake_ops.reach = NULL;
	fake_ops.caps = DRIVER_NO_POWER;
	assert_null(machine_create(&core, &q));
	assert_calls("from_opts check precheck plan make create settings engine ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		provisioner_test(test_order),	    provisioner_test(test_undo),       provisioner_test(test_engine),
		provisioner_test(test_interrupted), provisioner_test(test_undo_fails), provisioner_test(test_keep),
		provisioner_test(test_existed),	    provisioner_test(test_refused),    provisioner_test(test_foreign),
		provisioner_test(test_no_power),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	opts_release(&opts);
	return failed;
}
