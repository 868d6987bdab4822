/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls of VBoxManage the virtualbox driver makes, and what it makes of the answers. VBoxManage is a list of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fake_vbox.h"

#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/power.h"
#include "drivers/virtualbox/reach.h"
#include "drivers/virtualbox/remove.h"
#include "drivers/virtualbox/start.h"
#include "drivers/virtualbox/state.h"

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
	assert_int_equal(v.config.engine_port, 2376); /* a question changes nothing that is saved */
	assert_null(vbox_reach(&v));
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

		cmocka_unit_test(test_remove),	 cmocka_unit_test(test_start_without_interface),
		cmocka_unit_test(test_not_ours), cmocka_unit_test(test_moved_port),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
