/* SPDX-License-Identifier: Apache-2.0 */
/* rm of machines in every state in which something may have left them. */
#include "core/remove.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/fake_driver.h"

static void test_asked(void **state)
{
	(void)state;
	fake_machine("dev", NULL);
	assert_null(machine_remove(&core, "dev", REMOVE_ASKED));
	assert_calls("remove ");
	assert_nothing_left("dev");
	assert_err(machine_remove(&core, "dev", REMOVE_ASKED), ERR_NOT_FOUND,
		   "Docker machine \"dev\" does not exist. Use \"machine ls\" to list machines. Use \"machine create\" "
		   "to add a "
		   "new one.");
}

/* What fails outside leaves the machine, and says so in its record, for the next try. */
static void test_fails(void **state)
{
	auto_machine *m = NULL;
	enum machine_state s;

	(void)state;
	fake_machine("dev", NULL);
	fake.fail = "remove";
	assert_err(machine_remove(&core, "dev", REMOVE_ASKED), ERR_FAILED, "the fake fails in remove");
	assert_null(machine_open(&core, "dev", &m));
	assert_string_equal(record_progress(m->record), "removing");
	assert_null(machine_state(m, &s));
	assert_int_equal(s, STATE_ERROR);
	fake.fail = NULL;
	assert_null(machine_remove(&core, "dev", REMOVE_ASKED));
	assert_nothing_left("dev");
}

/* Gone outside, or its hypervisor does not tell: with force it is forgotten, with a warning. */
static void test_forced(void **state)
{
	static const enum machine_state off[] = { STATE_STOPPED, STATE_SAVED, STATE_ERROR, STATE_NONE };

	(void)state;
	fake.fail = "remove";
	for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
		fake_machine("dev", NULL);
		fake.now = off[i];
		str_clear(&fake.said);
		assert_null(machine_remove(&core, "dev", REMOVE_FORCED));
		assert_string_equal(fake.said.buf, "! dev: the fake fails in remove\n");
		assert_false(store_has(&core, "dev"));
	}
}

/* One that still runs keeps its record, force or not. */
static void test_still_runs(void **state)
{
	static const enum machine_state on[] = { STATE_RUNNING, STATE_PAUSED, STATE_STARTING, STATE_STOPPING };

	(void)state;
	fake_machine("dev", NULL);
	fake.fail = "remove";
	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		fake.now = on[i];
		struct err *e = machine_remove(&core, "dev", REMOVE_FORCED);
		assert_has(err_hint_of(e), "fuser -v");
		assert_err(e, ERR_WRONG_STATE,
			   "machine 'dev' stays: something of it still runs: the fake fails in remove");
		assert_true(store_has(&core, "dev"));
	}
	/* A driver that cannot tell, since it has no power, keeps nothing. */
	fake_ops.caps = DRIVER_NO_POWER;
	fake.now = STATE_RUNNING;
	assert_null(machine_remove(&core, "dev", REMOVE_FORCED));
	assert_false(store_has(&core, "dev"));
}

static void test_says_it_runs(void **state)
{
	(void)state;
	fake_machine("dev", NULL);
	fake.fail = "remove";
	fake.code = ERR_WRONG_STATE;
	assert_err(machine_remove(&core, "dev", REMOVE_FORCED), ERR_WRONG_STATE,
		   "machine 'dev' stays: something of it still runs: the fake fails in remove");
	fake.code = ERR_INTERRUPTED;
	assert_err(machine_remove(&core, "dev", REMOVE_FORCED), ERR_INTERRUPTED, "the fake fails in remove");
	assert_true(store_has(&core, "dev"));
}

static void test_half_made(void **state)
{
	(void)state;
	fake_machine("dev", NULL);
	assert_err(machine_remove(&core, "dev", REMOVE_HALF_MADE), ERR_WRONG_STATE,
		   "machine 'dev' is finished now: it stays");
	assert_calls("");
	fake_machine("dev", "creating");
	assert_null(machine_remove(&core, "dev", REMOVE_HALF_MADE));
	assert_calls("remove ");
	assert_nothing_left("dev");
}

/* A record that cannot be read: only force, and every driver looks into the folder. */
static void test_unread(void **state)
{
	(void)state;
	fake_machine("dev", NULL);
	put("machines/dev/config.json", "{\"Driver");
	struct err *e = machine_remove(&core, "dev", REMOVE_ASKED);
	assert_has(err_hint_of(e), "The record is damaged. Mend ");
	err_free(e);
	assert_calls("");
	assert_null(machine_remove(&core, "dev", REMOVE_FORCED));
	assert_calls("sweep ");
	assert_nothing_left("dev");
	fake_machine("dev", NULL);
	put("machines/dev/config.json", "[]");
	fake.fail = "sweep";
	fake.code = ERR_WRONG_STATE;
	assert_err(machine_remove(&core, "dev", REMOVE_FORCED), ERR_WRONG_STATE,
		   "machine 'dev' stays: something of it still runs: the fake fails in sweep");
}

static void test_no_driver(void **state)
{
	(void)state;
	fake_machine("dev", NULL);
	put("machines/dev/config.json", "{\"ConfigVersion\":3,\"DriverName\":\"gone\",\"Driver\":{}}");
	struct err *e = machine_remove(&core, "dev", REMOVE_ASKED);
	assert_string_equal(err_hint_of(e), "Forget it without removing it outside: machine rm -f dev");
	assert_err(e, ERR_UNSUPPORTED,
		   "Driver \"gone\" not found. Do you have the plugin binary accessible in your PATH?");
	assert_null(machine_remove(&core, "dev", REMOVE_FORCED));
	assert_has(fake.said.buf, "! dev: Driver \"gone\" not found.");
	assert_false(store_has(&core, "dev"));
}

/* The folder was renamed, and then its remover was killed. */
static void test_remains(void **state)
{
	(void)state;
	assert_null(fs_mkdirs(in_store("machines/.dev.removed"), 0700));
	put("machines/.dev.removed/key.pem", "secret");
	assert_true(store_has_left(&core, "dev"));
	assert_null(machine_remove(&core, "dev", REMOVE_ASKED));
	assert_calls("");
	assert_nothing_left("dev");
}

/* Another command at work: with force it is told to end, without it is waited for and named. */
static void test_busy(void **state)
{
	int ready[2];
	char byte;

	(void)state;
	fake_machine("dev", NULL);
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (!child) {
		struct store_lock lock = STORE_LOCK_INIT;
		int bad = store_lock(&core, "dev", "start", 0, &lock) != NULL;

		bad |= write(ready[1], "x", 1) != 1;
		for (int i = 0; !bad && i < 600; i++)
			usleep(100000);
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(store_lock_owner(&core, "dev"), child);
	assert_true(store_lock_is_held_by(&core, "dev", child));
	assert_false(store_owner_has_others(&core, child));
	assert_null(machine_remove(&core, "dev", REMOVE_FORCED));
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_nothing_left("dev");
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_asked),	    fake_test(test_fails),	  fake_test(test_forced),
		fake_test(test_still_runs), fake_test(test_says_it_runs), fake_test(test_half_made),
		fake_test(test_unread),	    fake_test(test_no_driver),	  fake_test(test_remains),
		fake_test(test_busy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
