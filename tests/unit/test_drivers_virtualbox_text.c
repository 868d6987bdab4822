/* SPDX-License-Identifier: Apache-2.0 */
/* What the virtualbox driver reads and writes as text, held to answers recorded of a real VirtualBox 7.2. No VirtualBox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/opt_parse.h"
#include "drivers/link/console.h"
#include "drivers/virtualbox/config.h"
#include "drivers/virtualbox/format_me.h"
#include "drivers/virtualbox/host.h"
#include "drivers/virtualbox/hostonly.h"
#include "drivers/virtualbox/log.h"
#include "drivers/virtualbox/nat.h"
#include "drivers/virtualbox/output.h"
#include "drivers/virtualbox/output_errors.h"
#include "drivers/virtualbox/output_lists.h"
#include "drivers/virtualbox/record.h"
#include "drivers/virtualbox/settings.h"
#include "drivers/virtualbox/vmdk.h"
#include "drivers/virtualbox/words.h"
#include "drivers/vm/ids.h"

#define RECORDINGS "tests/virtualbox/recordings"

struct recording {
	char *name, *command, *out, *errout;
	int status;
};

static void recording_release(struct recording *r)
{
	free(r->name);
	free(r->command);
	free(r->out);
	free(r->errout);
	memset(r, 0, sizeof(*r));
}
#define auto_recording __attribute__((cleanup(recording_release))) struct recording

static void recording_read(const char *name, struct recording *ret)
{
	auto_free char *path = fs_join(RECORDINGS, name), *text = NULL;

	assert_null(fs_read(path, 1 << 20, &text, NULL));
	const char *command = strchr(text, ' ') + 1, *status = strstr(text, "exit: ");
	const char *out = strstr(text, "=== stdout\n"), *errout = strstr(text, "=== stderr\n"),
		   *end = strstr(text, "=== end\n");

	if (!out) { /* the text alone */
		*ret = (struct recording){ xstrdup(name), xstrdup("VBoxManage showvminfo g2 --machinereadable"),
					   xstrdup(text), xstrdup(""), 0 };
		return;
	}
	out += strlen("=== stdout\n");
	*ret = (struct recording){ xstrdup(name), xstrndup(command, strcspn(command, "\n")),
				   xstrndup(out, (size_t)(errout - out)),
				   xstrndup(errout + 11, (size_t)(end - errout - 11)), atoi(status + 6) };
}

static void recordings_each(void (*fn)(const struct recording *r, void *data), void *data)
{
	auto_list names = { 0 };
	size_t n = 0;

	assert_null(fs_list(RECORDINGS, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_recording r = { 0 };

		if (!str_ends(names.items[i], ".txt"))
			continue;
		recording_read(names.items[i], &r);
		fn(&r, data);
		n++;
	}
	assert_true(n > 300);
}

static void recording_numbered(const char *number, struct recording *ret)
{
	auto_list names = { 0 };

	assert_null(fs_list(RECORDINGS, &names));
	for (size_t i = 0; i < names.n; i++)
		if (str_starts(names.items[i], number)) {
			recording_read(names.items[i], ret);
			return;
		}
	fail_msg("there is no recording %s", number);
}

/* --- versions --- */

static void version_check(const struct recording *r, void *data)
{
	struct vbox_version v;

	if (!strstr(r->command, "--version"))
		return;
	++*(int *)data;
	assert_true(vbox_version_parse(r->out, &v));
	assert_string_equal(v.text, "7.2.22_Debianr175245");
}

static void test_version(void **state)
{
	static const struct {
		const char *text, *version;
		int major, minor, patch;
	} cases[] = {
		{ "6.1.50r161033\n", "6.1.50r161033", 6, 1, 50 },
		{ "7.0.20r163906", "7.0.20r163906", 7, 0, 20 },
		{ "WARNING: The character device /dev/vboxdrv does not exist.\n\t 1.2.3 "
		  "headers\n\n7.1.4_Ubuntur165100\n",
		  "7.1.4_Ubuntur165100", 7, 1, 4 },
		{ "WARNING: x\n6.1.2\n5.2.44r139111\r\n", "5.2.44r139111", 5, 2, 44 },
	};
	static const char *const bad[] = { "", "7.2", "seven", "7.2.22", "x7.2.22r1", "7.2.22_Debianr", "7.2.xr1" };
	struct vbox_version v;
	int n = 0;

	(void)state;
	recordings_each(version_check, &n);
	assert_true(n >= 3);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(vbox_version_parse(cases[i].text, &v));
		assert_string_equal(v.text, cases[i].version);
		assert_int_equal(vbox_version_compare(&v, cases[i].major, cases[i].minor, cases[i].patch), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(vbox_version_parse(bad[i], &v));
	assert_true(vbox_version_parse("6.1.50r1", &v));
	assert_true(vbox_version_compare(&v, 7, 0, 0) < 0);
	assert_true(vbox_version_compare(&v, 6, 1, 28) > 0);
	assert_true(vbox_version_compare(&v, 6, 2, 0) < 0);
}

static void warning_check(const struct recording *r, void *data)
{
	bool nomod = strstr(r->name, "-nomod-") != NULL;

	(void)data;
	assert_int_equal(vbox_warns_of_driver(r->out), nomod);
}

static void test_driver_warning(void **state)
{
	(void)state;
	recordings_each(warning_check, NULL);
}

/* --- names --- */

static void test_names(void **state)
{
	auto_recording list = { 0 };
	auto_recording nomod = { 0 };
	auto_recording inaccessible = { 0 };
	char uuid[VBOX_UUID_LEN + 1];

	(void)state;
	recording_numbered("071", &list);
	assert_true(vbox_vm_of_name(list.out, "v1", uuid)); /* the first of two */
	assert_string_equal(uuid, "88f834a0-ed40-405b-a0cc-9348974de847");
	assert_true(vbox_vm_of_name(list.out, "we \"ird\\ \xc3\xa9 name", uuid));
	assert_string_equal(uuid, "3d02faee-28a9-421c-a18b-9f1a124ef64e");
	assert_true(vbox_vm_of_name(list.out, "a/b", uuid));
	assert_false(vbox_vm_of_name(list.out, "v", uuid));
	assert_false(vbox_vm_of_name(list.out, "", uuid));
	recording_numbered("577", &nomod);
	assert_true(vbox_vm_of_name(nomod.out, "psame", uuid));
	recording_numbered("064", &inaccessible);
	assert_true(vbox_vm_of_name(inaccessible.out, "<inaccessible>", uuid));
	assert_false(vbox_vm_of_name("\"x\" {88f834a0-ed40-405b-a0cc-9348974de84}\n", "x", uuid));
	assert_false(vbox_vm_of_name("\"x\"  {88f834a0-ed40-405b-a0cc-9348974de847}\n", "x", uuid));
}

/* --- machines --- */

static void info_check(const struct recording *r, void *data)
{
	if (!strstr(r->command, "showvminfo") || !strstr(r->command, "--machinereadable") || r->status)
		return;
	++*(int *)data;
	auto_free char *state = vbox_info(r->out, "VMState"), *uuid = vbox_info(r->out, "UUID");
	auto_free char *none = vbox_info(r->out, "VMStat"), *file = vbox_info(r->out, "CfgFile");
	if (!state || vbox_state(state) == STATE_NONE)
		fail_msg("%s: state '%s'", r->name, state ? state : "");
	assert_true(vm_is_uuid(uuid));
	assert_null(none);
	assert_true(*file == '/' && str_ends(file, ".vbox"));
}

static void test_info(void **state)
{
	static const struct {
		const char *number, *state;
		enum machine_state mapped;
	} states[] = {
		{ "284", "poweroff", STATE_STOPPED },	   { "503", "running", STATE_RUNNING },
		{ "398", "paused", STATE_PAUSED },	   { "427", "aborted", STATE_STOPPED },
		{ "guru", "gurumeditation", STATE_ERROR },
	};
	int n = 0;

	(void)state;
	recordings_each(info_check, &n);
	assert_true(n > 15);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		auto_recording r = { 0 };

		recording_numbered(states[i].number, &r);
		auto_free char *word = vbox_info(r.out, "VMState");
		assert_string_equal(word, states[i].state);
		assert_int_equal(vbox_state(word), states[i].mapped);
	}
	assert_int_equal(vbox_state("aborted-saved"), STATE_SAVED);
	assert_int_equal(vbox_state("restoring"), STATE_STARTING);
	assert_int_equal(vbox_state("saving"), STATE_STOPPING);
	assert_int_equal(vbox_state("nonsense"), STATE_NONE);
	assert_int_equal(vbox_state(NULL), STATE_NONE);
}

static void test_info_quotes(void **state)
{
	static const char text[] =
		"name=\"we \\\"ird\\\\ name\"\n rec_screen0\nVRDEClients==0\nmemory=1024\n"
		"VideoMode=\"720,400,0\"@0,0 1\ndescription=\"first\nVMState=\"running\nUUID=\\\"x\nlast\"\n"
		"VMState=\"poweroff\"\n\"SATA-0-0\"=\"/a \\\"b\\\".iso\"\nlast=\"no end";
	auto_free char *name = vbox_info(text, "name"), *memory = vbox_info(text, "memory"),
		       *vm = vbox_info(text, "VMState");
	auto_free char *slot = vbox_info(text, "SATA-0-0"), *last = vbox_info(text, "last"),
		       *uuid = vbox_info(text, "UUID");

	(void)state;
	assert_string_equal(name, "we \"ird\\ name");
	assert_string_equal(memory, "1024");
	/* The description ends with the quote of its second line: what follows is read again. */
	assert_string_equal(vm, "poweroff");
	assert_string_equal(slot, "/a \"b\".iso");
	assert_string_equal(last, "no end");
	assert_non_null(uuid);
}

static void test_forwards(void **state)
{
	auto_recording r = { 0 };
	struct vbox_forward *list;

	(void)state;
	recording_numbered("448", &r);
	assert_int_equal(vbox_forwards(r.out, &list), 0);
	vbox_forwards_free(list, 0);
	static const char text[] = "nic1=\"nat\"\nForwarding(0)=\"engine,tcp,127.80.1.2,2376,10.0.2.15,2376\"\n"
				   "Forwarding(1)=\"ssh,tcp,127.0.0.1,22022,,22\"\nForwarding(2)=\"short,tcp\"\n"
				   "nic2=\"nat\"\nForwarding(0)=\"other,udp,,53,,53\"\nnic10=\"none\"\n";
	size_t n = vbox_forwards(text, &list);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "engine");
	assert_string_equal(list[0].host, "127.80.1.2");
	assert_int_equal(list[0].host_port, 2376);
	assert_string_equal(list[1].guest, "");
	assert_int_equal(list[1].guest_port, 22);
	vbox_forwards_free(list, n);
}

/* --- networks --- */

static void test_networks(void **state)
{
	auto_recording two = { 0 };
	auto_recording dhcp = { 0 };
	auto_recording made = { 0 };
	auto_recording failed = { 0 };
	struct vbox_hostonlyif *list;
	struct vbox_dhcp *servers;
	size_t n;

	(void)state;
	recording_numbered("154", &two);
	n = vbox_hostonlyifs(two.out, &list);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "vboxnet0");
	assert_string_equal(list[1].address, "192.168.63.254");
	assert_string_equal(list[1].mask, "255.255.255.0");
	assert_string_equal(list[1].network, "HostInterfaceNetworking-vboxnet1");
	vbox_hostonlyifs_free(list, n);
	recording_numbered("172", &dhcp);
	n = vbox_dhcps(dhcp.out, &servers);
	assert_int_equal(n, 3);
	assert_string_equal(servers[0].network, "HostInterfaceNetworking-vboxnet0");
	assert_string_equal(servers[0].address, "192.168.63.2");
	assert_string_equal(servers[1].lower, "192.168.57.100");
	assert_string_equal(servers[1].upper, "192.168.57.199");
	assert_true(servers[1].enabled);
	vbox_dhcps_free(servers, n);
	n = vbox_dhcps(
		"NetworkName:    old\nIP:             10.1.1.1\nNetworkMask:    255.0.0.0\nlowerIPAddress: 10.1.1.2\n"
		"upperIPAddress: 10.1.1.3\nEnabled:        No\n",
		&servers);
	assert_int_equal(n, 1);
	assert_string_equal(servers[0].address, "10.1.1.1");
	assert_string_equal(servers[0].upper, "10.1.1.3");
	assert_false(servers[0].enabled);
	vbox_dhcps_free(servers, n);
	recording_numbered("148", &made);
	auto_free char *name = vbox_created_interface(made.out);
	assert_string_equal(name, "vboxnet1");
	recording_numbered("583", &failed);
	assert_null(vbox_created_interface(failed.out));
}

static void test_hostonly(void **state)
{
	static const char *const bad[] = { "",
					   "192.168.56.1",
					   "192.168.56.0/24",
					   "192.168.56.255/24",
					   "x/24",
					   "192.168.56.1/31",
					   "192.168.56.1/4",
					   "192.168.56.1/",
					   "300.1.1.1/24" };
	struct hostonly h;
	uint32_t a, server, lower, upper;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_err *e = hostonly_parse(bad[i], &h);

		if (!e)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(e->code, ERR_USAGE);
	}
	assert_null(hostonly_parse("192.168.56.1/24", &h));
	auto_free char *mask = hostonly_netmask(&h);
	assert_string_equal(mask, "255.255.255.0");
	hostonly_dhcp_range(&h, &server, &lower, &upper);
	auto_free char *s = subnet_address_text(server), *l = subnet_address_text(lower),
		       *u = subnet_address_text(upper);
	assert_string_equal(s, "192.168.56.100");
	assert_string_equal(l, "192.168.56.101");
	assert_string_equal(u, "192.168.56.254");
	assert_true(hostonly_candidate(&h, 0, 0, server, upper, &a));
	auto_free char *first = subnet_address_text(a);
	assert_string_equal(first, "192.168.56.2");
	assert_true(hostonly_candidate(&h, 0, 97, server, upper, &a));
	assert_int_equal(a, server - 1);
	assert_false(hostonly_candidate(&h, 0, 98, server, upper, &a));
	assert_true(hostonly_candidate(&h, 0, 252, 0, 0, &a));
	assert_false(hostonly_candidate(&h, 0, 253, 0, 0, &a));
	/* From somewhere else on, and round. */
	assert_true(hostonly_candidate(&h, 20, 0, server, upper, &a));
	assert_int_equal(a, subnet_host(&h.net, 20));
	assert_true(hostonly_candidate(&h, 250, 0, server, upper, &a));
	assert_true(a < server);
}

/* Which address the real VirtualBox took, by the rules that were there then. */
static void test_hostonly_rules(void **state)
{
	static const struct {
		const char *rules, *number;
	} cases[] = {
		{ NULL, "128" },
		{ NULL, "130" },
		{ NULL, "134" },
		{ NULL, "136" },
		{ NULL, "122" },
		{ "* 10.0.0.0/8 192.168.99.0/24\n", "209" },
		{ "* 10.0.0.0/8 192.168.99.0/24\n", "211" },
		{ "* 0.0.0.0/0 ::/0\n", "215" },
		{ "10.0.0.0/8\n", "220" },
		{ "", "479" },
		{ "* 10.0.0.0/8\n* 192.168.77.0/24\n", "481" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_recording r = { 0 };
		uint32_t address;

		recording_numbered(cases[i].number, &r);
		const char *ip = strstr(r.command, "--ip ") + 5;
		auto_free char *text = xstrndup(ip, strcspn(ip, " "));
		assert_true(subnet_address_parse(text, &address));
		if (hostonly_is_allowed(cases[i].rules, address) != (r.status == 0))
			fail_msg("%s: %s", r.name, text);
	}
}

/* --- errors --- */

static void complaint_check(const struct recording *r, void *data)
{
	auto_free char *complaint = vbox_complaint(r->errout);
	enum vbox_trouble t = vbox_trouble(r->errout);

	if (r->status == 0)
		return;
	++*(int *)data;
	assert_true(*complaint);
	for (const char *p = complaint; *p; p++)
		assert_true((unsigned char)*p >= ' ');
	/* Usage errors are for us, not for users: their text is long. */
	if (strstr(r->errout, "VBoxManage: error: Details: code VBOX_E_OBJECT_NOT_FOUND") &&
	    strstr(r->errout, "registered machine"))
		assert_int_equal(t, VBOX_NOT_FOUND);
	assert_null(strstr(complaint, "Context:"));
	assert_null(strstr(complaint, "Details:"));
}

static void test_errors(void **state)
{
	static const struct {
		const char *number;
		enum vbox_trouble trouble;
		const char *complaint;
	} cases[] = {
		{ "049", VBOX_EXISTS, "Machine settings file '/home/user/m/v1/v1.vbox' already exists" },
		{ "068", VBOX_INACCESSIBLE, "The object functionality is limited" },
		{ "067", VBOX_INACCESSIBLE, NULL },
		{ "076", VBOX_NOT_FOUND, NULL },
		{ "077", VBOX_NOT_FOUND, NULL },
		{ "134", VBOX_DENIED, "E_ACCESSDENIED (0x80070005) - Access denied" },
		{ "160", VBOX_EXISTS, "DHCP server already exists" },
		{ "268", VBOX_NOT_RUNNING, NULL },
		{ "281", VBOX_AGAIN,
		  "The machine 'run1' is already locked by a session (or being locked or unlocked)" },
		{ "376", VBOX_AGAIN, NULL },
		{ "436", VBOX_AGAIN,
		  "Failed to create the VirtualBox object!; Most likely, the VirtualBox COM server is not running or "
		  "failed to start" },
		{ "568", VBOX_FAILED, NULL },
		{ "581", VBOX_FAILED,
		  "The virtual machine 'f1' has terminated unexpectedly during startup with exit code 1 (0x1)" },
		{ "586", VBOX_FAILED, "Nonexistent host networking interface, name 'vboxnet0' (VERR_INTERNAL_ERROR)" },
		{ "592", VBOX_FAILED, NULL },
	};
	int n = 0;

	(void)state;
	recordings_each(complaint_check, &n);
	assert_true(n > 100);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_recording r = { 0 };

		recording_numbered(cases[i].number, &r);
		auto_free char *complaint = vbox_complaint(r.errout);
		if (vbox_trouble(r.errout) != cases[i].trouble)
			fail_msg("%s: trouble %d", r.name, vbox_trouble(r.errout));
		if (cases[i].complaint)
			assert_string_equal(complaint, cases[i].complaint);
	}
	/* A progress bar is no error. */
	assert_int_equal(vbox_trouble("0%...10%...100%\n"), VBOX_NO_TROUBLE);
}

static void test_cures(void **state)
{
	static const struct {
		const char *number, *word;
	} cases[] = { { "581", "modprobe vboxdrv" },
		      { "586", "vboxnetflt" },
		      { "592", "kvm" },
		      { "583", "vboxnetadp" },
		      { "608", "BIOS" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_recording r = { 0 };

		recording_numbered(cases[i].number, &r);
		auto_free char *complaint = vbox_complaint(r.errout);
		const char *cure = vbox_cure(complaint);
		if (!cure || !strstr(cure, cases[i].word))
			fail_msg("%s: '%s' has the cure '%s'", r.name, complaint, cure ? cure : "");
	}
	assert_null(vbox_cure("something else"));
}

static void test_log(void **state)
{
	static const char log[] =
		"00:00:01.1 Console: x\n00:00:02.358 NAT#0: configuration error: failed to set up redirection of 8082 "
		"to 80. Probably a conflict with existing services or other rules\n";

	(void)state;
	assert_true(log_refused(log, 8082));
	assert_false(log_refused(log, 80));
	assert_false(log_refused(log, 808));
	assert_false(log_refused("", 80));
}

#define LOG_FULL                                                                                                       \
	"00:00:09.1 VD#0: Host disk full\n00:00:09.2 AIOMgr VM: Raising runtime error 'DrvVD_DISKFULL' (fFlags=0x6)\n" \
	"00:00:09.3 EMT-0 Console: VM runtime error: fatal=false, errorID=DrvVD_DISKFULL message=\"Host system "       \
	"reported "                                                                                                    \
	"disk full. VM execution is suspended. You can resume after freeing some space\"\n"
#define LOG_PAUSED                                                                                                     \
	"00:00:09.4 Changing the VM state from 'RUNNING' to 'SUSPENDING'\n00:00:09.5 Changing the VM state from "      \
	"'SUSPENDING' to 'SUSPENDED'\n"
#define LOG_RESUMED                                                                                                    \
	"00:00:10.0 Changing the VM state from 'SUSPENDED' to 'RESUMING'\n00:00:10.1 Changing the VM state from "      \
	"'RESUMING' to 'RUNNING'\n"

/* Why VirtualBox paused the machine: only what came since it ran. */
static void test_log_error(void **state)
{
	static const struct {
		const char *log, *id;
	} cases[] = {
		{ LOG_FULL LOG_PAUSED, "DrvVD_DISKFULL" },
		{ LOG_PAUSED LOG_FULL, "DrvVD_DISKFULL" },
		{ LOG_FULL LOG_PAUSED LOG_RESUMED, NULL },
		{ LOG_FULL LOG_PAUSED LOG_RESUMED LOG_PAUSED, NULL },
		{ LOG_FULL LOG_PAUSED LOG_RESUMED LOG_FULL LOG_PAUSED, "DrvVD_DISKFULL" },
		{ "Console: VM runtime error: fatal=false, errorID=HostMemoryLow", "HostMemoryLow" },
		{ "Console: VM runtime error: fatal=false", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *id = NULL, *words = NULL;

		assert_int_equal(log_error(cases[i].log, &id, &words), cases[i].id != NULL);
		if (cases[i].id)
			assert_string_equal(id, cases[i].id);
		if (cases[i].id && str_eq(cases[i].id, LOG_DISK_FULL))
			assert_string_equal(words, "Host system reported disk full. VM execution is suspended. You can "
						   "resume after freeing some space");
	}
}

/* --- mutations: nothing that is broken breaks us --- */

static void feed_log(const char *text)
{
	auto_free char *id = NULL, *words = NULL;

	log_error(text, &id, &words);
}

static void feed_all(const char *text)
{
	struct vbox_hostonlyif *interfaces;
	struct vbox_forward *forwards;
	struct vbox_dhcp *servers;
	struct vbox_version v;
	char uuid[VBOX_UUID_LEN + 1];
	size_t n;

	vbox_version_parse(text, &v);
	vbox_warns_of_driver(text);
	vbox_vm_of_name(text, "v1", uuid);
	free(vbox_info(text, "VMState"));
	free(vbox_created_interface(text));
	free(vbox_complaint(text));
	free(settings_uuid(text));
	vbox_trouble(text);
	log_refused(text, 80);
	feed_log(text);
	n = vbox_forwards(text, &forwards);
	vbox_forwards_free(forwards, n);
	n = vbox_hostonlyifs(text, &interfaces);
	vbox_hostonlyifs_free(interfaces, n);
	n = vbox_dhcps(text, &servers);
	vbox_dhcps_free(servers, n);
}

/* A cut, a lost byte, another byte, a doubled half. */
static void mutate(const char *text, unsigned seed)
{
	static const char bytes[] = "\"\\\n={}(),:-0 \r\x01\xff";
	auto_free char *copy = xstrdup(text);
	size_t len = strlen(copy);

	if (!len)
		return;
	for (unsigned i = 0; i < 12; i++) {
		size_t at = (seed = seed * 1103515245u + 12345u) % len;

		if (i % 4 == 0)
			copy[at] = bytes[seed / 7 % (sizeof(bytes) - 1)];
		else if (i % 4 == 1)
			memmove(copy + at, copy + at + 1, strlen(copy + at));
		else if (i % 4 == 2 && i > 8)
			copy[at] = '\0';
		else
			memcpy(copy + at / 2, copy + at,
			       strlen(copy + at) < at - at / 2 ? strlen(copy + at) : at - at / 2);
		feed_all(copy);
		len = strlen(copy);
		if (!len)
			return;
	}
}

static void mutate_recording(const struct recording *r, void *data)
{
	feed_all(r->out);
	feed_all(r->errout);
	mutate(r->out, *(unsigned *)data += 17);
	mutate(r->errout, *(unsigned *)data += 17);
}

static void test_mutations(void **state)
{
	unsigned seed = 1;

	(void)state;
	recordings_each(mutate_recording, &seed);
}

/* --- what we write --- */

static void options_parse(int argc, char *const *argv, struct opts *ret, struct vbox_config *config)
{
	static const struct opt *const tables[] = { vbox_opts, NULL };

	assert_null(opts_parse(ret, tables, argc, argv, false));
	assert_null(vbox_config_from_opts(ret, config));
	free(config->uuid);
	config->uuid = xstrdup("11111111-2222-4333-8444-555555555555");
	free(config->mac);
	config->mac = xstrdup("08:00:27:aa:bb:cc");
	free(config->address);
	config->address = xstrdup("127.80.1.2");
}

#define auto_config __attribute__((cleanup(vbox_config_release))) struct vbox_config

static void test_words(void **state)
{
	static char *const argv[] = { (char *)"--virtualbox-memory", (char *)"2g", (char *)"--virtualbox-cpu-count=2" };
	auto_opts o = { 0 };
	auto_config c = { 0 };
	auto_list words = { 0 };

	(void)state;
	options_parse(3, argv, &o, &c);
	vbox_modify_words(&c, "/m/console.log", "/m/agent.sock", NULL, &words);
	auto_free char *line = list_join(&words, " ");
	assert_true(
		str_starts(line, "modifyvm 11111111-2222-4333-8444-555555555555 --ostype Linux26_64 --firmware bios "));
	assert_non_null(strstr(line, " --cpus 2 --memory 2048 --nic1 nat --nictype1 82540EM --cableconnected1 on "
				     "--macaddress1 080027aabbcc --natdnshostresolver1 off --natdnsproxy1 on "
				     "--natpf1 engine,tcp,127.80.1.2,2376,10.0.2.15,2376 "
				     "--natpf1 ssh,tcp,127.80.1.2,2222,10.0.2.15,22 "
				     "--uart1 0x3F8 4 --uartmode1 file /m/console.log "
				     "--uart2 0x2F8 3 --uartmode2 server /m/agent.sock"));
	assert_null(strstr(line, "--rng"));
	assert_null(strstr(line, "--audio"));
}

static void test_nat_words(void **state)
{
	static const char info[] = "nic1=\"nat\"\nForwarding(0)=\"engine,tcp,127.80.1.2,2376,10.0.2.15,2376\"\n"
				   "Forwarding(1)=\"mine,tcp,127.0.0.1,80,,80\"\n"
				   "Forwarding(2)=\"published-tcp-8080,tcp,127.80.1.2,8080,10.0.2.15,8080\"\n"
				   "Forwarding(3)=\"ssh,tcp,127.80.1.2,40000,10.0.2.15,22\"\n";
	auto_opts o = { 0 };
	auto_config c = { 0 };
	auto_list words = { 0 };
	struct ports ports = { 0 };

	(void)state;
	options_parse(0, NULL, &o, &c);
	nat_words(&c, info, &words);
	auto_free char *line = list_join(&words, " ");
	assert_string_equal(line, "--natpf1 delete published-tcp-8080 --natpf1 delete ssh "
				  "--natpf1 ssh,tcp,127.80.1.2,2222,10.0.2.15,22");
	nat_adopt(info, "127.80.1.2", &ports);
	assert_int_equal(ports.n, 1);
	assert_int_equal(ports.list[0].state, PORT_ACTIVE);
	assert_false(ports.list[0].wanted);
	ports_release(&ports);
}

static void test_options_bad(void **state)
{
	static const char *const bad[][2] = {
		{ "--virtualbox-memory", "100" },
		{ "--virtualbox-nat-nictype", "foo" },
		{ "--virtualbox-ui-type", "x" },
		{ "--virtualbox-hostonly-cidr", "10.0.0.0/24" },
		{ "--virtualbox-share-folder", "relative:x" },
		{ "--virtualbox-share-folder", "/a:../b" },
		{ "--virtualbox-share-folder", "/a:b c" },
		{ "--virtualbox-boot2docker-url", "https://example.com/x.iso" },
		{ "--virtualbox-hostonly-nicpromisc", "all" },
		{ "--virtualbox-import-boot2docker-vm", "old" },
		{ "--virtualbox-cpu-count", "300" },
	};
	static const struct opt *const tables[] = { vbox_opts, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *const argv[] = { (char *)bad[i][0], (char *)bad[i][1] };
		auto_opts o = { 0 };
		struct vbox_config c;

		assert_null(opts_parse(&o, tables, 2, argv, false));
		auto_err *e = vbox_config_from_opts(&o, &c);
		if (!e)
			fail_msg("%s %s was taken", bad[i][0], bad[i][1]);
	}
}

static void test_share(void **state)
{
	static const struct {
		const char *given, *dir, *name;
	} cases[] = { { "/src:code", "/src", "code" },
		      { "/a:b:c", "/a:b", "c" },
		      { "/src:", "/src", "src" },
		      { "/a/b", "/a/b", "a/b" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vbox_config c = { .share_folder = (char *)cases[i].given };
		auto_vbox_share s = { 0 };

		assert_true(vbox_share(&c, &s));
		assert_string_equal(s.dir, cases[i].dir);
		assert_string_equal(s.name, cases[i].name);
		c.no_share = true;
		auto_vbox_share none = { 0 };
		assert_false(vbox_share(&c, &none));
	}
}

/* What docker-machine wrote is read; what we write is read again. */
static void test_record(void **state)
{
	static const char old[] =
		"{\"IPAddress\":\"192.168.99.100\",\"MachineName\":\"vb1\",\"SSHUser\":\"docker\",\"SSHPort\":41089,"
		"\"VBoxManager\":{},\"HostInterfaces\":{},\"CPU\":1,\"Memory\":1024,\"DiskSize\":20000,\"NatNicType\":"
		"\"82540EM\","
		"\"Boot2DockerURL\":\"\",\"HostDNSResolver\":false,\"HostOnlyCIDR\":\"192.168.99.1/24\","
		"\"HostOnlyNicType\":\"82540EM\",\"HostOnlyPromiscMode\":\"deny\",\"UIType\":\"headless\","
		"\"HostOnlyNoDHCP\":false,"
		"\"NoShare\":false,\"DNSProxy\":true,\"NoVTXCheck\":false,\"ShareFolder\":\"\"}";
	const struct driver_env env = {
		.name = "vb1", .store = "/s", .dir = "/s/machines/vb1", .state_dir = "/s/.state"
	};
	auto_json *tree = NULL;
	auto_json *again = json_object();
	auto_config c = { 0 };
	auto_config d = { 0 };

	(void)state;
	assert_null(json_parse(old, strlen(old), "record", &tree));
	assert_null(vbox_config_from_record(tree, &c));
	assert_string_equal(c.address, "192.168.99.100");
	assert_int_equal(c.ssh_port, 41089);
	assert_string_equal(c.uuid, "");
	assert_true(c.dns_proxy);
	vbox_config_save(&c, &env, again);
	assert_null(vbox_config_from_record(again, &d));
	assert_int_equal(d.ssh_port, 41089);
	assert_int_equal(d.engine_port, 2376);
	assert_string_equal(d.hostonly_cidr, "192.168.99.1/24");
	static const char *const bad[] = { "{\"IPAddress\":\"10.1.1.1\"}",
					   "{\"UUID\":\"x\"}",
					   "{\"MAC\":\"zz\"}",
					   "{\"SSHPort\":0}",
					   "{\"EnginePort\":70000}",
					   "{\"IPAddress\":\"nowhere\"}",
					   "{\"UIType\":\"-x\",\"UUID\":\"11111111-2222-4333-8444-555555555555\"}" };
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_json *b = NULL;
		struct vbox_config x;

		assert_null(json_parse(bad[i], strlen(bad[i]), "record", &b));
		auto_err *e = vbox_config_from_record(b, &x);
		if (!e)
			fail_msg("%s was taken", bad[i]);
	}
}

static void test_vmdk(void **state)
{
	auto_str text = STR_INIT;
	auto_str tar = STR_INIT;

	(void)state;
	vmdk_descriptor(&text, "disk-flat.vmdk", 20000, "11111111-2222-4333-8444-555555555555");
	assert_non_null(strstr(text.buf, "\nRW 40960000 FLAT \"disk-flat.vmdk\" 0\n"));
	assert_non_null(strstr(text.buf, "\nddb.uuid.image=\"11111111-2222-4333-8444-555555555555\"\n"));
	assert_null(format_me_make("ssh-ed25519 AAAA me\n", &tar));
	assert_int_equal(tar.len, 512 * 9);
	assert_memory_equal(tar.buf, "boot2docker, please format-me", 30);
	assert_memory_equal(tar.buf + 257, "ustar", 6);
	assert_memory_equal(tar.buf + 512, "boot2docker, please format-me", 29);
	assert_string_equal(tar.buf + 1024, ".ssh/");
	assert_string_equal(tar.buf + 1536, ".ssh/authorized_keys");
	assert_memory_equal(tar.buf + 2048, "ssh-ed25519 AAAA me\n", 20);
	assert_string_equal(tar.buf + 2560, ".ssh/authorized_keys2");
	for (size_t i = 512 * 7; i < tar.len; i++)
		assert_int_equal(tar.buf[i], 0);
}

static void test_settings(void **state)
{
	static const char text[] =
		"<?xml version=\"1.0\"?>\n<VirtualBox xmlns=\"http://www.virtualbox.org/\" version=\"1.19-linux\">\n"
		"  <Machine uuid=\"{88f834a0-ed40-405b-a0cc-9348974de847}\" name=\"v1\"";
	auto_free char *uuid = settings_uuid(text);

	(void)state;
	assert_string_equal(uuid, "88f834a0-ed40-405b-a0cc-9348974de847");
	assert_null(settings_uuid("<Machine name=\"x\"><HardDisk uuid=\"{88f834a0-ed40-405b-a0cc-9348974de847}\"/>"));
	assert_null(settings_uuid("<Machine uuid=\"{88f834a0"));
	assert_null(settings_uuid(""));
}

static void test_console(void **state)
{
	static const struct {
		const char *line, *event, *member, *value;
	} cases[] = {
		{ "machine: stage data 3.210", "stage", "name", "data" },
		{ "[    1.0] half a linemachine: stage root 1.002", "stage", "name", "root" },
		{ "machine: ready 7.210", "ready", NULL, NULL },
		{ "machine: failed data: cannot mount: no", "failed", "message", "cannot mount: no" },
		{ "machine: warning: no DHCP server answers on eth0", "warning", "message",
		  "no DHCP server answers on eth0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json *m = console_message(cases[i].line);

		assert_string_equal(json_str_or(m, "event", ""), cases[i].event);
		if (cases[i].member)
			assert_string_equal(json_str_or(m, cases[i].member, ""), cases[i].value);
	}
	auto_json *stage = console_message("machine: stage data 3.210");
	assert_int_equal(json_int_or(stage, "ms", 0), 3210);
	/* A kernel that gave up: nothing of ours follows. */
	auto_json *panic = console_message("[    0.2] Kernel panic - not syncing: no root");
	assert_string_equal(json_str_or(panic, "event", ""), "failed");
	assert_string_equal(json_str_or(panic, "stage", ""), "kernel");
	assert_string_equal(json_str_or(panic, "message", ""), "Kernel panic - not syncing: no root");
	assert_null(console_message("the kernel's own line"));
	assert_null(console_message("machine: something else"));
}

static void test_processor(void **state)
{
	(void)state;
	assert_null(host_check_processor("processor\t: 0\nflags\t\t: fpu vme svm lm\nbugs\t: vmx\n"));
	assert_null(host_check_processor("flags : vmx\n"));
	auto_err *plain = host_check_processor("processor : 0\nflags\t\t: fpu vme vmxx xsvm\nbugs : svm\n");
	assert_non_null(strstr(plain->msg, "VT-X/AMD-v"));
	auto_err *guest = host_check_processor("flags\t\t: fpu hypervisor lm\n");
	assert_non_null(strstr(guest->msg, "virtual machine"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),	       cmocka_unit_test(test_driver_warning),
		cmocka_unit_test(test_names),	       cmocka_unit_test(test_info),
		cmocka_unit_test(test_info_quotes),    cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_networks),       cmocka_unit_test(test_hostonly),
		cmocka_unit_test(test_hostonly_rules), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_cures),	       cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_error),      cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_words),	       cmocka_unit_test(test_nat_words),
		cmocka_unit_test(test_options_bad),    cmocka_unit_test(test_share),
		cmocka_unit_test(test_record),	       cmocka_unit_test(test_vmdk),
		cmocka_unit_test(test_settings),       cmocka_unit_test(test_console),
		cmocka_unit_test(test_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
