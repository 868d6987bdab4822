/* SPDX-License-Identifier: Apache-2.0 */
/* How a machine is: by VirtualBox, by its log, by the console, by the keeper; and whose it is. VBoxManage is a list of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/fake_vbox.h"

#include "drivers/keeper/lockfile.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/virtualbox/power.h"
#include "drivers/virtualbox/problem.h"
#include "drivers/virtualbox/start.h"
#include "drivers/virtualbox/state.h"

static void write_log(const char *text)
{
	auto_free char *logs = xasprintf("%s/vb/Logs", folder), *path = fs_join(logs, "VBox.log");

	assert_null(fs_mkdirs(logs, 0700));
	assert_null(fs_write(path, text, strlen(text), 0600));
}

/* VirtualBox paused it because this host's disk is full: told without a call, while it is paused and for that alone. */
static void test_problem(void **state)
{
	static const struct answer paused[] = { { "showvminfo", 0, "VMState=\"paused\"\n", "" } };
	static const struct answer running[] = { { "showvminfo", 0, "VMState=\"running\"\n", "" } };
	static const struct answer full_still[] = { { "showvminfo", 0, "VMState=\"paused\"\n", "" },
						    { "controlvm " UUID " resume", 0, "", "" },
						    { "showvminfo", 0, "VMState=\"running\"\n", "" },
						    { "showvminfo", 0, "VMState=\"paused\"\n", "" } };
	static const struct answer goes_on[] = { { "showvminfo", 0, "VMState=\"paused\"\n", "" },
						 { "controlvm " UUID " resume", 0, "", "" },
						 { "showvminfo", 0, "VMState=\"running\"\n", "" } };
	struct vbox v = machine();
	enum machine_state s;

	(void)state;
	write_log("x Console: VM runtime error: fatal=false, errorID=DrvVD_DISKFULL message=\"Host disk full\"\n");
	assert_null(vbox_problem(&v));
	script(paused, 1);
	assert_null(vbox_state_of(&v, &s));
	auto_free char *why = vbox_problem(&v), *expected = xasprintf("this host's disk is full where '%s' lies: "
								      "VirtualBox paused the machine",
								      folder);
	assert_string_equal(why, expected);
	assert_int_equal(calls, 1);
	script(running, 1);
	assert_null(vbox_state_of(&v, &s));
	assert_null(vbox_problem(&v));

	script(full_still, ARRAY_SIZE(full_still));
	auto_err *start = vbox_start(&v, NULL);
	assert_string_equal(start->msg, expected);
	assert_non_null(strstr(err_hint_of(start), "machine kill vb"));
	script(full_still, ARRAY_SIZE(full_still));
	auto_err *stop = vbox_stop(&v, 60000);
	assert_string_equal(stop->msg, expected);
	assert_true(now < 5000);
	script(goes_on, ARRAY_SIZE(goes_on));
	assert_null(vbox_start(&v, NULL));
	assert_true(v.woken);

	write_log("x Console: VM runtime error: fatal=false, errorID=HostMemoryLow message=\"No \x1b[1mmemory\"\n");
	script(paused, 1);
	assert_null(vbox_state_of(&v, &s));
	auto_free char *other = vbox_problem(&v);
	assert_string_equal(other, "VirtualBox paused the machine: No memory");
	write_log("x Changing the VM state from 'RUNNING' to 'SUSPENDING'\n");
	assert_null(vbox_problem(&v));
}

/* VirtualBox keeps machines per user: root in a user's store has it run as that user, with that user's home. */
static struct err *owner_fake(struct proc *p, void *data)
{
	auto_str line = STR_INIT;

	for (const char *const *w = p->argv; *w; w++)
		str_addf(&line, "%s ", *w);
	free(*(char **)data);
	*(char **)data = str_detach(&line);
	return NULL;
}

static void test_owner(void **state)
{
	auto_free char *line = NULL, *old = xstrdup(getenv("PATH"));
	auto_free char *path = xasprintf("%s/bin", folder), *program = fs_join(path, "VBoxManage");
	struct vbox v = machine();

	(void)state;
	proc_set_fake(owner_fake, &line);
	assert_null(manage(&v, 1000, NULL, "list", "vms", NULL));
	assert_string_equal(line, "VBoxManage list vms ");
	if (geteuid() != 0 || chown(folder, 65534, 0) < 0) {
		proc_set_fake(fake, NULL);
		return;
	}
	setenv("PATH", path, 1);
	auto_err *e = manage(&v, 1000, NULL, "list", "vms", NULL);
	assert_non_null(strstr(e->msg, "program 'VBoxManage' is not installed"));
	assert_null(fs_mkdirs(path, 0755));
	assert_null(fs_write(program, "", 0, 0755));
	assert_null(manage(&v, 1000, NULL, "list", "vms", NULL));
	setenv("PATH", old, 1);
	assert_true(str_starts(line, "setpriv --reuid=65534 --regid="));
	assert_non_null(strstr(line, " --pdeathsig=KILL env -u XDG_CONFIG_HOME -u XDG_RUNTIME_DIR "));
	assert_true(str_ends(line, " VBoxManage list vms "));
	assert_int_equal(owner_uid(folder), 65534);
	assert_int_equal(owner_uid("/nonexistent"), geteuid());
	assert_int_equal(chown(folder, 0, 0), 0);
	proc_set_fake(fake, NULL);
}

/* --- a guest that boots, whose boot failed, or of which nothing is known --- */

struct told {
	const char *console; /* NULL: no such file */
	const char *lock;    /* a keeper's word; NULL: none runs */
	int age_s;	     /* of VirtualBox's state; -1: not told */
	enum machine_state state;
};

static void told_state(const struct told *t, enum machine_state *ret)
{
	struct vbox v = machine();
	auto_free char *console = fs_join(folder, "console.log"), *lock = fs_join(folder, "keeper.lock");
	auto_close int held = -1;
	time_t then = time(NULL) - t->age_s;
	struct tm tm;
	char since[64];

	v.console = console;
	v.lock = lock;
	unlink(console);
	if (t->console)
		assert_null(fs_write(console, t->console, strlen(t->console), 0600));
	if (t->lock) {
		assert_null(fs_lock(lock, 0, &held));
		lockfile_write(held, t->lock);
	}
	strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%S.000000000", gmtime_r(&then, &tm));
	auto_free char *info = t->age_s < 0 ? xstrdup("VMState=\"running\"\n")
					    : xasprintf("VMState=\"running\"\nVMStateChangeTime=\"%s\"\n", since);
	const struct answer list[] = { { "showvminfo", 0, info, "" } };

	script(list, 1);
	assert_null(vbox_state_of(&v, ret));
	assert_int_equal(calls, 1);
}

static void test_guest(void **state)
{
	static const struct told cases[] = {
		{ "machine: stage root 1.0\n", NULL, 500, STATE_STARTING },
		{ "machine: stage root 1.0\nmachine: ready 2.0\n", NULL, 1, STATE_RUNNING },
		{ "machine: stage data 1.0\nmachine: failed data: no\n", NULL, 500, STATE_ERROR },
		{ "machine: stage root 1.0\nKernel panic - not syncing: x\n", NULL, 500, STATE_ERROR },
		/* Neither a start that has just begun nor a machine that was restored has printed anything. */
		{ "", NULL, 2, STATE_STARTING },
		{ NULL, NULL, 2, STATE_STARTING },
		{ "", NULL, 500, STATE_RUNNING },
		{ "", NULL, -1, STATE_RUNNING },
		{ "EXT4-fs error\n", NULL, 500, STATE_RUNNING },
		/* The keeper heard the agent; before that it knows nothing. */
		{ "", VBOX_PHASE_READY, 1, STATE_RUNNING },
		{ "machine: stage root 1.0\n", VBOX_PHASE_FAILED, 1, STATE_ERROR },
		{ "machine: stage root 1.0\n", "booting", 1, STATE_STARTING },
		{ "machine: ready 1.0\n", "booting", 1, STATE_RUNNING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum machine_state s;

		told_state(&cases[i], &s);
		if (s != cases[i].state)
			fail_msg("case %zu is %s", i, machine_state_name(s));
	}
}

/* What a start that was killed has left booting goes on; a boot that failed is ended, and made anew. */
static void test_start_again(void **state)
{
	static const char interfaces[] =
		"Name:            vboxnet0\nIPAddress:       192.168.56.1\nNetworkMask:     255.255.255.0\n"
		"VBoxNetworkName: HostInterfaceNetworking-vboxnet0\n";
	static const struct answer booting[] = { { "showvminfo", 0, "VMState=\"running\"\n", "" } };
	static const struct answer failed[] = { { "showvminfo", 0, "VMState=\"running\"\n", "" },
						{ "controlvm " UUID " poweroff", 0, "", "" },
						{ "showvminfo", 0, "VMState=\"poweroff\"\n", "" },
						{ "list hostonlyifs", 0, interfaces, "" },
						{ "modifyvm", 0, "", "" },
						{ "startvm", 0, "", "" } };
	auto_free char *console = fs_join(folder, "console.log");
	struct vbox v = machine();

	(void)state;
	v.console = console;
	assert_null(fs_write(console, "machine: stage root 1.0\n", 24, 0600));
	script(booting, 1);
	assert_null(vbox_start(&v, NULL));
	assert_int_equal(calls, 1);
	assert_false(v.woken);
	assert_null(fs_write(console, "machine: failed root: no\n", 25, 0600));
	script(failed, ARRAY_SIZE(failed));
	assert_null(vbox_start(&v, NULL));
	assert_int_equal(calls, ARRAY_SIZE(failed));
	assert_true(v.started);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problem),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_guest),
		cmocka_unit_test(test_start_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
