/* SPDX-License-Identifier: Apache-2.0 */
/* start, stop, kill, restart, set and new certificates, from every state. */
#include "core/power.h"

#include "core/boot.h"
#include "core/identity.h"
#include "tests/unit/fake_provisioner.h"

#define BOOT "start reach wait_ready reach reach engine "

static struct machine *open_dev(enum machine_state now)
{
	struct machine *m = NULL;

	fake_machine("dev", NULL);
	fake.now = now;
	assert_null(machine_open(&core, "dev", &m));
	return m;
}

static void test_start(void **state)
{
	auto_machine *m = open_dev(STATE_STOPPED);

	(void)state;
	assert_null(machine_start(m, 5000));
	assert_calls(BOOT);
	assert_string_equal(fake.said.buf, "Starting \"dev\"...\n- dev: start\n- dev: root\n! dev: odd\n- dev: check\n"
					   "Machine \"dev\" was started.\n");
	assert_err(machine_start(m, 5000), ERR_WRONG_STATE, "Machine \"dev\" is already running.");
	assert_calls("");
}

/* A boot that failed is noted, and the next start goes on with it although the machine runs. */
static void test_start_fails(void **state)
{
	auto_machine *m = open_dev(STATE_STOPPED);

	(void)state;
	fake.fail = "wait_ready";
	assert_err(machine_start(m, 5000), ERR_FAILED, "cannot start machine 'dev': the fake fails in wait_ready");
	assert_true(record_is_booting(m->record));
	assert_int_equal(fake.now, STATE_RUNNING);
	str_clear(&fake.calls);
	fake.fail = NULL;
	assert_null(machine_start(m, 5000));
	assert_calls(BOOT);
	assert_false(record_is_booting(m->record));
}

/* Ctrl-C: what was off is off again; what was woken has a memory that a kill would end. */
static void test_start_interrupted(void **state)
{
	auto_machine *m = open_dev(STATE_STOPPED);

	(void)state;
	fake.fail = "wait_ready";
	fake.code = ERR_INTERRUPTED;
	assert_err(machine_start(m, 5000), ERR_INTERRUPTED, "cannot start machine 'dev': the fake fails in wait_ready");
	assert_calls("start reach wait_ready kill ");
	assert_int_equal(fake.now, STATE_STOPPED);
	fake.woken = true;
	fake.now = STATE_PAUSED;
	err_free(machine_start(m, 5000));
	assert_calls("start reach wait_ready ");
}

static void test_stop(void **state)
{
	auto_machine *m = open_dev(STATE_RUNNING);

	(void)state;
	fake.fail = "stop";
	struct err *e = machine_stop(m, 1000);
	assert_string_equal(err_hint_of(e), "End it without asking: machine kill dev");
	assert_err(e, ERR_FAILED, "cannot stop machine 'dev': the fake fails in stop");
	fake.fail = NULL;
	assert_null(machine_stop(m, 1000));
	assert_calls("stop stop ");
	assert_err(machine_stop(m, 1000), ERR_WRONG_STATE, "Machine \"dev\" is already stopped.");
	fake.now = STATE_SAVED;
	assert_err(machine_stop(m, 1000), ERR_WRONG_STATE,
		   "machine 'dev' is saved: it does not run, and start wakes it");
	assert_calls("");
}

static void test_kill(void **state)
{
	auto_machine *m = open_dev(STATE_RUNNING);

	(void)state;
	assert_null(machine_kill(m));
	assert_calls("kill ");
	assert_err(machine_kill(m), ERR_WRONG_STATE, "Machine \"dev\" is already stopped.");
	/* What does not answer can still be ended, by nothing but kill. */
	fake.fail = "state";
	fake.code = ERR_TIMEOUT;
	assert_null(machine_kill(m));
	assert_calls("kill ");
	assert_err(machine_stop(m, 1000), ERR_TIMEOUT, "the fake fails in state");
	fake.fail = "kill";
	fake.now = STATE_RUNNING;
	fake.code = ERR_FAILED;
	assert_err(machine_kill(m), ERR_FAILED, "cannot kill machine 'dev': the fake fails in kill");
}

static void test_restart(void **state)
{
	auto_machine *m = open_dev(STATE_RUNNING);

	(void)state;
	assert_null(machine_restart(m, 5000));
	assert_calls("stop " BOOT);
	fake.now = STATE_STOPPED;
	assert_null(machine_restart(m, 5000));
	assert_calls(BOOT);
	fake_ops.restart = fake_restart;
	assert_null(machine_restart(m, 5000));
	assert_calls("restart ");
	fake.fail = "restart";
	assert_err(machine_restart(m, 5000), ERR_FAILED, "cannot restart machine 'dev': the fake fails in restart");
}

static void test_half_made(void **state)
{
	auto_machine *m = NULL;

	(void)state;
	fake_machine("dev", "creating");
	assert_null(machine_open(&core, "dev", &m));
	static const char text[] = "machine 'dev' was never finished: its create was interrupted";
	assert_err(machine_start(m, 1000), ERR_WRONG_STATE, text);
	assert_err(machine_stop(m, 1000), ERR_WRONG_STATE, text);
	assert_err(machine_kill(m), ERR_WRONG_STATE, text);
	assert_err(machine_restart(m, 1000), ERR_WRONG_STATE, text);
	assert_err(machine_regenerate(m, 1000), ERR_WRONG_STATE, text);
	assert_calls("");
}

static void test_no_power(void **state)
{
	static const struct driver_sizes sizes = { 2, 0, 0 };
	auto_machine *m = open_dev(STATE_RUNNING);

	(void)state;
	fake_ops.caps = DRIVER_NO_POWER;
	assert_err(machine_start(m, 1000), ERR_WRONG_STATE, "Machine \"dev\" is already running.");
	assert_err(machine_stop(m, 1000), ERR_UNSUPPORTED, "hosts without a driver cannot be stopped");
	assert_err(machine_kill(m), ERR_UNSUPPORTED, "hosts without a driver cannot be killed");
	assert_err(machine_restart(m, 1000), ERR_UNSUPPORTED, "hosts without a driver cannot be restarted");
	assert_err(machine_upgrade(m, NULL, 1000), ERR_UNSUPPORTED, "hosts without a driver cannot be upgraded");
	assert_err(machine_resize(m, &sizes), ERR_UNSUPPORTED, "hosts without a driver cannot be changed");
	assert_calls("");
}

static void test_no_driver(void **state)
{
	auto_machine *m = open_dev(STATE_RUNNING);
	struct driver_endpoint end;
	enum machine_state s;

	(void)state;
	m->driver = NULL;
	m->self = NULL;
	static const char text[] = "Driver \"fake\" not found. Do you have the plugin binary accessible in your PATH?";
	assert_err(machine_start(m, 1000), ERR_UNSUPPORTED, text);
	assert_err(machine_regenerate(m, 1000), ERR_UNSUPPORTED, text);
	assert_err(machine_state(m, &s), ERR_UNSUPPORTED, text);
	assert_err(machine_endpoint(m, &end), ERR_UNSUPPORTED, text);
	assert_null(machine_problem(m, STATE_RUNNING));
}

static void test_resize(void **state)
{
	static const struct driver_sizes sizes = { 2, 2048, 0 };
	auto_machine *m = open_dev(STATE_RUNNING);

	(void)state;
	assert_err(machine_resize(m, &sizes), ERR_WRONG_STATE, "machine 'dev' has to be off for that");
	fake.now = STATE_STOPPED;
	assert_null(machine_resize(m, &sizes));
	assert_calls("resize ");
	fake.fail = "resize";
	assert_err(machine_resize(m, &sizes), ERR_FAILED, "cannot change machine 'dev': the fake fails in resize");
	fake_ops.resize = NULL;
	assert_err(machine_resize(m, &sizes), ERR_UNSUPPORTED, "driver 'fake' cannot change a machine's sizes");
}

static void test_upgrade(void **state)
{
	auto_machine *m = open_dev(STATE_RUNNING);

	(void)state;
	assert_err(machine_upgrade(m, NULL, 1000), ERR_UNSUPPORTED, "driver 'fake' boots no image of ours");
	fake_ops.caps = DRIVER_NEEDS_IMAGE | DRIVER_KEEPS_IMAGE;
	assert_err(machine_upgrade(m, NULL, 1000), ERR_UNSUPPORTED,
		   "driver 'fake' cannot give a machine another image");
	/* One that is given the image at each start needs no member; the image has to be there. */
	fake_ops.caps = DRIVER_NEEDS_IMAGE;
	fake.now = STATE_SAVED;
	assert_err(machine_upgrade(m, NULL, 1000), ERR_WRONG_STATE, "machine 'dev' has to run or be off for that");
	fake.now = STATE_RUNNING;
	struct err *e = machine_upgrade(m, in_store("no-image"), 1000);
	assert_non_null(e);
	err_free(e);
	assert_calls("");
}

static void test_regenerate(void **state)
{
	auto_machine *m = open_dev(STATE_STOPPED);

	(void)state;
	assert_null(machine_regenerate(m, 5000));
	assert_calls("reach renew-off settings ");
	fake.now = STATE_RUNNING;
	assert_null(machine_regenerate(m, 5000));
	assert_calls("reach renew settings reach engine ");
	fake.fail = "renew";
	assert_err(machine_regenerate(m, 5000), ERR_FAILED,
		   "cannot renew the certificate of machine 'dev': the fake fails in renew");
	fake.fail = NULL;
	fake.now = STATE_PAUSED;
	assert_err(machine_regenerate(m, 5000), ERR_WRONG_STATE, "machine 'dev' has to run or be off for that");
	fake.now = STATE_STOPPED;
	fake_provisioner.needs_on = true;
	assert_err(machine_regenerate(m, 5000), ERR_WRONG_STATE, "Host is not running");
}

/* Of somebody else's engine only the client's keys are ours, whatever its state. */
static void test_regenerate_foreign(void **state)
{
	auto_machine *m = open_dev(STATE_NONE);

	(void)state;
	fake_provisioner.sets_up = false;
	fake_ops.caps = DRIVER_NO_POWER;
	assert_null(machine_regenerate(m, 5000));
	assert_calls("");
	assert_true(fs_exists(in_store("machines/dev/ca.pem")));
	assert_true(fs_exists(in_store("machines/dev/cert.pem")));
	assert_false(fs_exists(in_store("machines/dev/server.pem")));
}

/* An address that the certificate is not for is mended where that costs nothing, and only there. */
static void test_mend(void **state)
{
	auto_machine *m = open_dev(STATE_STOPPED);
	auto_endpoint end = { 0 };

	(void)state;
	assert_null(identity_shared(&core));
	fake_live = true;
	assert_null(machine_start(m, 5000));
	assert_calls("start reach wait_ready reach renew reach engine ");
	assert_null(machine_follow_address(m, &end));
	assert_string_equal(end.address, "127.0.0.9");
	assert_calls("reach reach renew reach ");
	driver_endpoint_release(&end);
	fake_live = false;
	assert_null(machine_follow_address(m, &end));
	assert_calls("reach ");
	driver_endpoint_release(&end);
	fake.now = STATE_STOPPED;
	assert_err(machine_follow_address(m, &end), ERR_WRONG_STATE, "Host is not running");
	fake.fail = "renew";
	fake_live = true;
	assert_err(machine_start(m, 5000), ERR_FAILED,
		   "cannot start machine 'dev': cannot mend the certificate of machine 'dev': the fake fails in renew");
}

/* One that stands still says why, and whoever needs it running is told. */
static void test_problem(void **state)
{
	auto_machine *m = open_dev(STATE_PAUSED);
	struct driver_port *ports;
	size_t n;

	(void)state;
	fake.problem = "no room";
	assert_err(machine_require_running(m), ERR_WRONG_STATE, "Host is not running: no room");
	fake.problem = NULL;
	struct err *e = machine_require_running(m);
	assert_string_equal(err_hint_of(e), "Start it: machine start dev");
	err_free(e);
	fake.now = STATE_RUNNING;
	assert_null(machine_require_running(m));
	assert_err(machine_ports(m, &ports, &n), ERR_UNSUPPORTED, "driver 'fake' does not know what is published");
	fake.now = STATE_STOPPED;
	fake.problem = "no room";
	assert_null(machine_problem(m, STATE_STOPPED));
}

static void test_swarm_url(void **state)
{
	auto_machine *m = open_dev(STATE_RUNNING);

	(void)state;
	assert_null(machine_swarm_url(m, "tcp://1.2.3.4:2376"));
	cJSON *swarm = json_object_at(json_object_at(m->record, "HostOptions"), "SwarmOptions");
	json_set_str(swarm, "Host", "tcp://0.0.0.0:3376");
	assert_null(machine_swarm_url(m, "tcp://1.2.3.4:2376"));
	json_set_bool(swarm, "Master", true);
	auto_free char *url = machine_swarm_url(m, "tcp://1.2.3.4:2376");
	assert_string_equal(url, "tcp://1.2.3.4:3376");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		provisioner_test(test_start),
		provisioner_test(test_start_fails),
		provisioner_test(test_start_interrupted),
		provisioner_test(test_stop),
		provisioner_test(test_kill),
		provisioner_test(test_restart),
		provisioner_test(test_half_made),
		provisioner_test(test_no_power),
		provisioner_test(test_no_driver),
		provisioner_test(test_resize),
		provisioner_test(test_upgrade),
		provisioner_test(test_regenerate),
		provisioner_test(test_regenerate_foreign),
		provisioner_test(test_mend),
		provisioner_test(test_problem),
		provisioner_test(test_swarm_url),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
