/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls of VBoxManage the virtualbox driver makes, and what it makes of the answers. VBoxManage is a list of answers. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/virtualbox/power.h"
#include "drivers/virtualbox/problem.h"
#include "drivers/virtualbox/remove.h"
#include "drivers/virtualbox/start.h"
#include "drivers/virtualbox/state.h"

#define UUID "11111111-2222-4333-8444-555555555555"
#define ERROR "VBoxManage: error: "

struct answer {
	const char *call; /* how its words begin */
	int status;
	const char *out, *errout;
};

static const struct answer *answers;
static size_t answers_n, calls;

static struct err *fake(struct proc *p, void *data)
{
	auto_str line = STR_INIT;

	(void)data;
	for (const char *const *w = p->argv + 1; *w; w++)
		str_addf(&line, "%s%s", line.len ? " " : "", *w);
	assert_string_equal(p->argv[0], "VBoxManage");
	/* The last answer is for all that follows. */
	const struct answer *a = &answers[calls < answers_n ? calls : answers_n - 1];
	calls++;
	if (!str_starts(line.buf, a->call))
		fail_msg("call %zu is '%s', not '%s'", calls, line.buf, a->call);
	str_add(&p->out, a->out);
	str_add(&p->errout, a->errout);
	p->status = a->status;
	return NULL;
}

static char folder[64];
static int64_t now;

static void quiet(void *data, const char *text)
{
	(void)data, (void)text;
}

static const struct driver_env env = {
	.name = "vb", .store = folder, .dir = folder, .state_dir = folder, .report = quiet, .warn = quiet
};

static struct vbox machine(void)
{
	return (struct vbox){ .env = &env,
			      .console = (char *)"console",
			      .lock = (char *)"/nonexistent/lock",
			      .config = { .uuid = (char *)UUID,
					  .address = (char *)"127.0.0.1",
					  .hostonly_cidr = (char *)"192.168.56.1/24",
					  .ui_type = (char *)"headless",
					  .iso = (char *)"",
					  .share_folder = (char *)"" } };
}

static void script(const struct answer *list, size_t n)
{
	answers = list;
	answers_n = n;
	calls = 0;
	now = 0;
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-vbox.XXXXXX");
	assert_non_null(mkdtemp(folder));
	clock_set_fake(&now);
	proc_set_fake(fake, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	proc_set_fake(NULL, NULL);
	clock_set_fake(NULL);
	IGNORE(fs_remove_tree(folder));
	return 0;
}

static void test_again(void **state)
{
	static const struct answer list[] = {
		{ "list vms", 1, "",
		  ERROR "Failed to create the VirtualBox object!\n" ERROR "Code NS_ERROR_FAILURE (0x80004005) - x\n" },
		{ "list vms", 1, "",
		  ERROR "The machine 'a' is already locked by a session (or being locked or unlocked)\n" },
		{ "list vms", 1, "", ERROR "The object is not ready\n" },
		{ "list vms", 128 + SIGTRAP, "", "" },
		{ "list vms", 0, "fine", "0%...100%\n" },
	};
	auto_str out = STR_INIT;

	(void)state;
	script(list, ARRAY_SIZE(list));
	assert_null(manage(NULL, 1000000, &out, "list", "vms", NULL));
	assert_string_equal(out.buf, "fine");
	assert_int_equal(calls, 5);
}

static void test_busy_for_ever(void **state)
{
	static const struct answer list[] = { { "modifyvm", 1, "",
						ERROR "The machine 'a' is already locked for a session\n" } };
	struct vbox v = machine();

	(void)state;
	script(list, 1);
	auto_err *e = manage(&v, 1000000, NULL, "modifyvm", UUID, NULL);
	assert_non_null(e);
	assert_string_equal(e->msg, "VBoxManage modifyvm: The machine 'a' is already locked for a session");
	assert_true(calls > 5);
	assert_true(now >= 20000 && now < 60000);
}

static void test_refusals(void **state)
{
	static const struct answer missing[] = { { "showvminfo", 1, "",
						   ERROR "Could not find a registered machine with UUID {x}\n" } };
	static const struct answer silent[] = { { "showvminfo", 1, "", "" } };
	struct vbox v = machine();
	auto_str out = STR_INIT;

	(void)state;
	script(missing, 1);
	auto_err *gone = manage_info(&v, &out);
	assert_int_equal(gone->code, ERR_NOT_FOUND);
	assert_non_null(strstr(err_hint_of(gone), "machine rm vb"));
	assert_int_equal(calls, 1);
	script(silent, 1);
	auto_err *e = manage_info(&v, &out);
	assert_string_equal(e->msg, "VBoxManage showvminfo: it does not say why");
}

static void test_states(void **state)
{
	static const struct answer inaccessible[] = { { "showvminfo " UUID, 1, "",
							ERROR "The object functionality is limited\n" ERROR
							      "Details: code E_ACCESSDENIED (0x80070005)\n" } };
	static const struct answer running[] = { { "showvminfo " UUID, 0, "x=1\nVMState=\"running\"\n", "" } };
	struct vbox v = machine();
	enum machine_state s;

	(void)state;
	script(inaccessible, 1);
	assert_null(vbox_state_of(&v, &s));
	assert_int_equal(s, STATE_ERROR);
	script(running, 1);
	assert_null(vbox_state_of(&v, &s));
	assert_int_equal(s, STATE_RUNNING);
	assert_int_equal(calls, 1);
}

/* Each state is left by the calls that it takes, and no other. */
static void test_start(void **state)
{
	static const char interfaces[] =
		"Name:            vboxnet0\nIPAddress:       192.168.56.1\nNetworkMask:     255.255.255.0\n"
		"VBoxNetworkName: HostInterfaceNetworking-vboxnet0\n";
	static const struct answer paused[] = { { "showvminfo", 0, "VMState=\"paused\"\n", "" },
						{ "controlvm " UUID " resume", 0, "", "" } };
	static const struct answer saved[] = { { "showvminfo", 0, "VMState=\"saved\"\n", "" },
					       { "startvm " UUID " --type headless", 0, "", "" } };
	static const struct answer saved_there[] = { { "showvminfo", 0,
						       "VMState=\"saved\"\nhostonlyadapter2=\"vboxnet0\"\n", "" },
						     { "list hostonlyifs", 0, interfaces, "" },
						     { "startvm", 0, "", "" } };
	static const struct answer aborted[] = { { "showvminfo", 0,
						   "VMState=\"aborted\"\nhostonlyadapter2=\"vboxnet0\"\n", "" },
						 { "list hostonlyifs", 0, interfaces, "" },
						 { "startvm", 0, "", "" } };
	static const struct answer moved[] = { { "showvminfo", 0,
						 "VMState=\"poweroff\"\nhostonlyadapter2=\"vboxnet7\"\n", "" },
					       { "list hostonlyifs", 0, interfaces, "" },
					       { "modifyvm " UUID " --hostonlyadapter2 vboxnet0", 0, "", "" },
					       { "startvm", 0, "", "" } };
	static const struct answer guru[] = { { "showvminfo", 0, "VMState=\"gurumeditation\"\n", "" },
					      { "controlvm " UUID " poweroff", 0, "", "" },
					      { "showvminfo", 0, "VMState=\"stopping\"\n", "" },
					      { "showvminfo", 0, "VMState=\"poweroff\"\n", "" },
					      { "list hostonlyifs", 0, interfaces, "" },
					      { "modifyvm", 0, "", "" },
					      { "startvm", 0, "", "" } };
	static const struct answer busy[] = { { "showvminfo", 0, "VMState=\"saving\"\n", "" },
					      { "showvminfo", 0, "VMState=\"saved\"\n", "" },
					      { "startvm", 0, "", "" } };
	static const struct {
		const struct answer *list;
		size_t n;
		bool woken;
	} cases[] = { { paused, ARRAY_SIZE(paused), true },
		      { saved, ARRAY_SIZE(saved), true },
		      { saved_there, ARRAY_SIZE(saved_there), true },
		      { aborted, ARRAY_SIZE(aborted), false },
		      { moved, ARRAY_SIZE(moved), false },
		      { guru, ARRAY_SIZE(guru), false },
		      { busy, ARRAY_SIZE(busy), true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vbox v = machine();

		script(cases[i].list, cases[i].n);
		auto_err *e = vbox_start(&v, NULL);
		if (e)
			fail_msg("case %zu: %s", i, e->msg);
		assert_int_equal(calls, cases[i].n);
		assert_int_equal(v.woken, cases[i].woken);
	}
}

static void test_start_fails(void **state)
{
	static const struct answer list[] = { { "showvminfo", 0, "VMState=\"saved\"\n", "" },
					      { "startvm", 1, "Waiting for VM \"vb\" to power on...\n",
						ERROR
						"AMD-V is being used by another hypervisor (VERR_SVM_IN_USE).\n" ERROR
						"VirtualBox can't enable the AMD-V extension\n" } };
	struct vbox v = machine();

	(void)state;
	script(list, ARRAY_SIZE(list));
	auto_err *e = vbox_start(&v, NULL);
	assert_non_null(strstr(e->msg, "AMD-V is being used by another hypervisor"));
	assert_non_null(strstr(err_hint_of(e), "kvm"));
}

/* What is saved cannot be given another interface than it had. */
static void test_start_without_interface(void **state)
{
	static const struct answer list[] = {
		{ "showvminfo", 0, "VMState=\"saved\"\nhostonlyadapter2=\"vboxnet3\"\n", "" },
		{ "list hostonlyifs", 0,
		  "Name:            vboxnet0\nIPAddress:       192.168.56.1\nNetworkMask:     255.255.255.0\n"
		  "VBoxNetworkName: HostInterfaceNetworking-vboxnet0\n",
		  "" }
	};
	struct vbox v = machine();

	(void)state;
	script(list, ARRAY_SIZE(list));
	auto_err *e = vbox_start(&v, NULL);
	assert_non_null(strstr(e->msg, "'vboxnet3', which is gone"));
	assert_non_null(strstr(err_hint_of(e), "machine kill vb"));
}

/* A folder that was copied has not the machine, nor has a record that does not say which one it is. */
static void test_not_ours(void **state)
{
	auto_free char *other = fs_join(folder, "other"), *theirs = fs_join(other, "config.json"),
		       *own = fs_join(folder, "config.json");
	auto_free char *info = xasprintf("CfgFile=\"%s/vb/vb.vbox\"\nVMState=\"running\"\n", other);
	const struct answer list[] = { { "showvminfo", 0, info, "" } };
	struct vbox v = machine(), nameless = machine();
	enum machine_state s;

	(void)state;
	nameless.config.uuid = (char *)"";
	assert_null(fs_mkdirs(other, 0700));
	assert_null(fs_write(own, "{}", 2, 0600));
	script(list, 1);
	assert_null(vbox_state_of(&v, &s)); /* where that was, nothing is: this one was moved */
	assert_null(fs_write(theirs, "{}", 2, 0600));
	auto_err *asked = vbox_state_of(&v, &s), *stopped = vbox_stop(&v, 1000);
	assert_int_equal(asked->code, ERR_WRONG_STATE);
	assert_int_equal(stopped->code, ERR_WRONG_STATE);
	script(list, 1);
	assert_null(vbox_remove(&v));
	assert_int_equal(calls, 1);
	script(list, 1);
	auto_err *unknown = vbox_state_of(&nameless, &s);
	assert_int_equal(unknown->code, ERR_NOT_FOUND);
	assert_null(vbox_remove(&nameless));
	assert_int_equal(calls, 0);
	assert_null(fs_remove_tree(other));
}

/* The ports are those that VirtualBox forwards. */
static void test_moved_port(void **state)
{
	static const struct answer list[] = {
		{ "showvminfo", 0,
		  "VMState=\"running\"\nForwarding(0)=\"engine,tcp,127.0.0.1,4567,10.0.2.15,2376\"\n"
		  "Forwarding(1)=\"ssh,tcp,127.9.9.9,99,10.0.2.15,22\"\n",
		  "" }
	};
	struct vbox v = machine();
	enum machine_state s;

	(void)state;
	v.config.hostonly_cidr = (char *)"";
	v.config.engine_port = 2376;
	v.config.ssh_port = 2222;
	script(list, 1);
	assert_null(vbox_state_of(&v, &s));
	assert_int_equal(v.config.engine_port, 4567);
	assert_int_equal(v.config.ssh_port, 2222); /* that is of another address */
}

/* A machine that was paused is woken to be asked; one that is off already is fine. */
static void test_stop(void **state)
{
	static const struct answer paused[] = {
		{ "showvminfo", 0, "VMState=\"paused\"\n", "" },     { "controlvm " UUID " resume", 0, "", "" },
		{ "controlvm " UUID " acpipowerbutton", 0, "", "" }, { "showvminfo", 0, "VMState=\"running\"\n", "" },
		{ "showvminfo", 0, "VMState=\"stopping\"\n", "" },   { "showvminfo", 0, "VMState=\"poweroff\"\n", "" }
	};
	static const struct answer deaf[] = { { "showvminfo", 0, "VMState=\"running\"\n", "" },
					      { "controlvm " UUID " acpipowerbutton", 0, "", "" },
					      { "", 0, "VMState=\"running\"\n", "" } };
	struct vbox v = machine();

	(void)state;
	script(paused, ARRAY_SIZE(paused));
	assert_null(vbox_stop(&v, 60000));
	assert_int_equal(calls, ARRAY_SIZE(paused));
	script(deaf, ARRAY_SIZE(deaf));
	auto_err *e = vbox_stop(&v, 30000);
	assert_int_equal(e->code, ERR_TIMEOUT);
	assert_non_null(strstr(err_hint_of(e), "machine kill vb"));
	assert_true(now >= 30000 && now < 60000);
}

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

/* What a saved machine had in memory goes too, as with the kvm driver. */
static void test_kill(void **state)
{
	static const struct answer running[] = { { "controlvm " UUID " poweroff", 0, "", "" },
						 { "showvminfo", 0, "VMState=\"stopping\"\n", "" },
						 { "showvminfo", 0, "VMState=\"poweroff\"\n", "" } };
	static const struct answer saved[] = { { "controlvm " UUID " poweroff", 1, "",
						 ERROR "Machine 'vb' is not currently running.\n" },
					       { "showvminfo", 0, "VMState=\"saved\"\n", "" },
					       { "discardstate " UUID, 0, "", "" } };
	struct vbox v = machine();

	(void)state;
	script(running, ARRAY_SIZE(running));
	assert_null(vbox_kill(&v));
	assert_int_equal(calls, ARRAY_SIZE(running));
	script(saved, ARRAY_SIZE(saved));
	assert_null(vbox_kill(&v));
	assert_int_equal(calls, ARRAY_SIZE(saved));
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

/* Never --delete: a disk of the user's may be attached. */
static void test_remove(void **state)
{
	static const struct answer off[] = { { "showvminfo", 0, "VMState=\"poweroff\"\n", "" },
					     { "unregistervm " UUID, 0, "", "" } };
	static const struct answer unknown[] = { { "showvminfo", 1, "",
						   ERROR "Could not find a registered machine with UUID {x}\n" } };
	static const struct answer unreadable[] = {
		{ "showvminfo", 1, "", ERROR "The object functionality is limited\n" },
		{ "unregistervm " UUID, 1, "", ERROR "The object is not unlocked\n" },
		{ "showvminfo", 1, "", ERROR "Could not find a registered machine with UUID {x}\n" }
	};
	struct vbox v = machine();

	(void)state;
	script(off, ARRAY_SIZE(off));
	assert_null(vbox_remove(&v));
	assert_int_equal(calls, 2);
	script(unknown, ARRAY_SIZE(unknown));
	assert_null(vbox_remove(&v));
	assert_int_equal(calls, 1);
	script(unreadable, ARRAY_SIZE(unreadable));
	assert_null(vbox_remove(&v));
	assert_int_equal(calls, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),	 cmocka_unit_test(test_busy_for_ever),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_states),
		cmocka_unit_test(test_start),	 cmocka_unit_test(test_start_fails),
		cmocka_unit_test(test_stop),	 cmocka_unit_test(test_kill),
		cmocka_unit_test(test_problem),	 cmocka_unit_test(test_owner),
		cmocka_unit_test(test_remove),	 cmocka_unit_test(test_start_without_interface),
		cmocka_unit_test(test_not_ours), cmocka_unit_test(test_moved_port),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
