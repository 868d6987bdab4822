/* SPDX-License-Identifier: Apache-2.0 */
/* The qemu driver's options and record, and its command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/opt_parse.h"
#include "drivers/qemu/args.h"
#include "drivers/qemu/config.h"
#include "drivers/qemu/order.h"
#include "drivers/qemu/precheck.h"
#include "drivers/qemu/record.h"

static const struct driver_env env = {
	.name = "dev", .store = "/s", .dir = "/s/machines/dev", .state_dir = "/s/.state"
};

/* Parse words as options; the error is the caller's. */
static struct err *config_of(const char *words, struct qemu_config *ret)
{
	const struct opt *tables[] = { qemu_opts, NULL };
	auto_list argv = { 0 };
	auto_opts o = { 0 };

	list_split(&argv, words, ' ', true);
	TRY(opts_parse(&o, tables, (int)argv.n, argv.items, false));
	return qemu_config_from_opts(&o, ret);
}

static void test_defaults(void **state)
{
	struct qemu_config c;

	(void)state;
	assert_null(config_of("", &c));
	assert_int_equal(c.memory_mib, 1024);
	assert_int_equal(c.disk_mib, 20000);
	assert_int_equal(c.cpus, 0);
	assert_int_equal(c.accel, VM_ACCEL_AUTO);
	assert_string_equal(c.binary, "qemu-system-x86_64");
	assert_string_equal(c.address, "");
	qemu_config_release(&c);
}

static void test_refused(void **state)
{
	static const struct {
		const char *words, *message;
	} cases[] = {
		{ "--qemu-memory 0", "memory of 0 MiB is too small" },
		{ "--qemu-memory 255", "memory of 255 MiB is too small" },
		{ "--qemu-memory 17t", NULL },
		{ "--qemu-memory -5", NULL },
		{ "--qemu-disk-size 0", "disk of 0 MiB is too small" },
		{ "--qemu-disk-size 1000", "disk of 1000 MiB is too small" },
		{ "--qemu-disk-size 99999999", "disk of 99999999 MiB is more than 16 TiB" },
		{ "--qemu-cpu-count=-1", "cannot give -1 processors" },
		{ "--qemu-cpu-count 256", "cannot give 256 processors" },
		{ "--qemu-cpu-count 4294967297", "cannot give -1 processors" },
		{ "--qemu-accelerator xen", "accelerator 'xen' is none of auto, kvm, tcg" },
		{ "--qemu-binary=", NULL },
		{ "--qemu-isolated --qemu-host-loopback", NULL },
		{ "--qemu-forward 8080:80", "forward '8080:80' is not tcp:HOSTPORT:GUESTPORT or udp:..." },
		{ "--qemu-forward tcp:8080", NULL },
		{ "--qemu-forward tcp:8080:80:1", NULL },
		{ "--qemu-forward sctp:8080:80", NULL },
		{ "--qemu-forward tcp:0:80", "port '0' of forward 'tcp:0:80' is not a number from 1 to 65535" },
		{ "--qemu-forward tcp:80:65536", NULL },
		{ "--qemu-forward tcp::80", NULL },
		{ "--qemu-forward tcp:80x:80", NULL },
		{ "--qemu-forward tcp:2376:80", "port 2376 of forward 'tcp:2376:80' is the machine's own" },
		{ "--qemu-forward tcp:1:2 --qemu-forward tcp:1:3", "port 1 is forwarded twice ('tcp:1:3')" },
		{ "--qemu-share :/x", NULL },
		{ "--qemu-share /a:/", NULL },
		{ "--qemu-share /a:/b/../c", NULL },
		{ "--qemu-share /a:/x --qemu-share /b:/x", "two shares want the guest's folder '/x'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct qemu_config c;
		struct err *e = config_of(cases[i].words, &c);

		if (!e)
			fail_msg("accepted: %s", cases[i].words);
		assert_int_equal(e->code, ERR_USAGE);
		if (cases[i].message)
			assert_string_equal(e->msg, cases[i].message);
		err_free(e);
	}
}

static void test_shares(void **state)
{
	static const struct {
		const char *text, *host, *guest;
		bool readonly;
	} cases[] = {
		{ "/src", "/src", "/src", false },	     { "/src:ro", "/src", "/src", true },
		{ "/src:/work", "/src", "/work", false },    { "/src:/work:ro", "/src", "/work", true },
		{ "/a:b:/work:rw", "/a:b", "/work", false }, { "/with,comma", "/with,comma", "/with,comma", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct share s, again;

		assert_null(share_parse("qemu", cases[i].text, &s));
		assert_string_equal(s.host_dir, cases[i].host);
		assert_string_equal(s.guest_dir, cases[i].guest);
		assert_int_equal(s.readonly, cases[i].readonly);
		auto_free char *text = share_text(&s);
		assert_null(share_parse("qemu", text, &again));
		assert_string_equal(again.host_dir, s.host_dir);
		assert_string_equal(again.guest_dir, s.guest_dir);
		free(s.host_dir), free(s.guest_dir), free(again.host_dir), free(again.guest_dir);
	}
}

static void test_record(void **state)
{
	static const char want[] =
		"{\"IPAddress\":\"\",\"MachineName\":\"dev\",\"SSHUser\":\"docker\",\"SSHPort\":2222,"
		"\"SSHKeyPath\":\"/s/machines/dev/id_rsa\",\"StorePath\":\"/"
		"s\",\"SwarmMaster\":false,\"SwarmHost\":\"\","
		"\"SwarmDiscovery\":\"\",\"CPU\":3,\"Memory\":2048,\"DiskSize\":40960,\"Accelerator\":\"tcg\","
		"\"Binary\":\"/opt/q\",\"MACAddress\":\"\",\"Subnet\":\"10.77.0.0/"
		"24\",\"Forwards\":[\"tcp:8080:80\",\"udp:53:53\"],\"Shares\":[\"/a:/b:ro\"],"
		"\"Isolated\":true,\"HostLoopback\":false,\"EnginePort\":2376}";
	auto_json *tree = json_object(), *again = NULL;
	struct qemu_config c, d;

	(void)state;
	assert_null(config_of(
		"--qemu-memory 2g --qemu-disk-size 40g --qemu-cpu-count 3 --qemu-accelerator tcg --qemu-binary "
		"/opt/q --qemu-forward tcp:8080:80 --qemu-forward udp:53:53 --qemu-share /a:/b:ro "
		"--qemu-isolated --qemu-subnet 10.77.0.0/24",
		&c));
	qemu_config_save(&c, &env, tree);
	auto_free char *text = json_print(tree, 0);
	assert_string_equal(text, want);
	assert_null(qemu_config_from_record(tree, &d));
	json_set_str(tree, "Later", "stays");
	json_set_str(tree, "SwarmHost", "tcp://x");
	qemu_config_save(&d, &env, tree);
	assert_string_equal(json_str_or(tree, "Later", ""), "stays");
	assert_string_equal(json_str_or(tree, "SwarmHost", ""), "tcp://x");
	again = json_object();
	qemu_config_save(&d, &env, again);
	auto_free char *second = json_print(again, 0);
	assert_string_equal(second, want);
	qemu_config_release(&c);
	qemu_config_release(&d);
}

static void test_record_hostile(void **state)
{
	static const char *const cases[] = {
		"{\"IPAddress\":\"127.0.0.1,hostfwd=tcp::22-:22\"}",
		"{\"IPAddress\":\"0.0.0.0\"}",
		"{\"IPAddress\":\"127.1\"}",
		"{\"IPAddress\":\"10.0.0.1\"}",
		"{\"Memory\":1e30}",
		"{\"Memory\":-1}",
		"{\"CPU\":4294967297}",
		"{\"DiskSize\":0}",
		"{\"Accelerator\":\"tcg,x\"}",
		"{\"MACAddress\":\"52:54:00:1,x\"}",
		"{\"Subnet\":\"10.0.2.0/24,x\"}",
		"{\"Binary\":\"\"}",
		"{\"Forwards\":[\"tcp:1,2:3\"]}",
		"{\"Shares\":[\"/a\\nb:/c\"]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json *tree = NULL;
		struct qemu_config c;

		assert_null(json_parse(cases[i], strlen(cases[i]), "x", &tree));
		struct err *e = qemu_config_from_record(tree, &c);
		if (!e && strstr(cases[i], "1e30")) { /* not a whole number: the default */
			assert_int_equal(c.memory_mib, 1024);
			qemu_config_release(&c);
			continue;
		}
		if (!e)
			fail_msg("accepted: %s", cases[i]);
		err_free(e);
	}
}

static struct qemu_launch launch_of(const struct qemu_config *c)
{
	return (struct qemu_launch){
		.name = "dev",
		.config = c,
		.binary = "/usr/bin/qemu-system-x86_64",
		.cpus = 1,
		.tsc_khz = 2600000,
		.qboot = true,
		.mac = "52:54:00:01:02:03",
		.vmlinux = "/i/vmlinux",
		.initrd = "/i/initrd",
		.root = "/i/root.erofs",
		.cmdline = "console=ttyS0 quiet",
		.disk = "/m,1/disk.qcow2",
		.seed = "/m,1/seed.iso",
		.qmp_fd = 4,
		.console_fd = 5,
		.agent_fd = 6,
	};
}

static const char golden_tcg[] =
	"/usr/bin/qemu-system-x86_64 -nodefaults -no-user-config -display none "
	"-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny "
	"-name machine-dev,process=machine-dev "
	"-machine q35,usb=off,vmport=off,smbus=off,sata=off,hpet=off,dump-guest-core=off -accel tcg,tb-size=256 "
	"-cpu Nehalem -smp 1 -m 1024M -bios qboot.rom -kernel /i/vmlinux -initrd /i/initrd "
	"-append 'console=ttyS0 quiet no_timer_check tsc=reliable clearcpuid=cx16,rep_good,erms,fsrm highres=off "
	"mitigations=off "
	"initcall_blacklist=jent_mod_init,trace_eval_init,load_system_certificate_list,ksm_init tsc_early_khz=2600000' "
	"-chardev socket,id=qmp,fd=4 -mon chardev=qmp,mode=control -chardev socket,id=console,fd=5 "
	"-serial chardev:console -chardev socket,id=agent,fd=6 -device virtio-serial-pci "
	"-device virtserialport,chardev=agent,name=org.machine.agent.0 "
	"-blockdev driver=raw,node-name=root,read-only=on,file.driver=file,file.filename=/i/root.erofs "
	"-device virtio-blk-pci,drive=root "
	"-blockdev driver=qcow2,node-name=disk,discard=unmap,detect-zeroes=unmap,file.driver=file,file.discard=unmap,"
	"file.filename=/m,,1/disk.qcow2 -device virtio-blk-pci,drive=disk,write-cache=on,werror=stop "
	"-blockdev driver=raw,node-name=seed,read-only=on,file.driver=file,file.filename=/m,,1/seed.iso "
	"-device virtio-blk-pci,drive=seed "
	"-netdev user,id=net0,ipv6=off,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,dhcpstart=10.0.2.15,"
	"hostfwd=tcp:127.70.3.9:2376-10.0.2.15:2376,hostfwd=tcp:127.70.3.9:2222-10.0.2.15:22 "
	"-device virtio-net-pci,netdev=net0,mac=52:54:00:01:02:03,romfile= "
	"-device virtio-rng-pci -device virtio-balloon-pci,free-page-reporting=on";

/* As one shell line, so that a difference can be read. */
static char *args_line(const struct list *argv)
{
	auto_str s = STR_INIT;

	for (size_t i = 0; i < argv->n; i++) {
		bool blank = strchr(argv->items[i], ' ') != NULL;

		str_addf(&s, "%s%s%s%s", i ? " " : "", blank ? "'" : "", argv->items[i], blank ? "'" : "");
	}
	return str_detach(&s);
}

static void test_args_tcg(void **state)
{
	struct qemu_config c;
	auto_list argv = { 0 };

	(void)state;
	assert_null(config_of("", &c));
	free(c.address);
	c.address = xstrdup("127.70.3.9");
	struct qemu_launch l = launch_of(&c);
	qemu_args(&l, &argv);
	auto_free char *line = args_line(&argv);
	assert_string_equal(line, golden_tcg);
	qemu_config_release(&c);
}

static bool has_pair(const struct list *argv, const char *option, const char *value)
{
	for (size_t i = 0; i + 1 < argv->n; i++)
		if (str_eq(argv->items[i], option) && str_eq(argv->items[i + 1], value))
			return true;
	return false;
}

static void test_args_kvm(void **state)
{
	struct qemu_config c;
	auto_list argv = { 0 };

	(void)state;
	assert_null(
		config_of("--qemu-isolated --qemu-share /a,b:/c:ro --qemu-share /d --qemu-forward udp:53:5353", &c));
	free(c.address);
	c.address = xstrdup("127.70.3.9");
	struct qemu_launch l = launch_of(&c);
	l.kvm = true;
	l.cpus = 4;
	l.seed = NULL;
	qemu_args(&l, &argv);
	assert_true(has_pair(&argv, "-cpu", "host"));
	assert_true(has_pair(&argv, "-smp", "4"));
	assert_true(has_pair(&argv, "-append", "console=ttyS0 quiet"));
	assert_true(
		has_pair(&argv, "-machine", "q35,accel=kvm,usb=off,vmport=off,smbus=off,sata=off,dump-guest-core=off"));
	assert_false(list_has(&argv, "-bios"));
	assert_false(list_has(&argv, "-accel"));
	assert_true(has_pair(
		&argv, "-netdev",
		"user,id=net0,ipv6=off,net=10.0.2.0/24,host=10.0.2.2,dns=10.0.2.3,dhcpstart=10.0.2.15,"
		"restrict=on,hostfwd=tcp:127.70.3.9:2376-10.0.2.15:2376,hostfwd=tcp:127.70.3.9:2222-10.0.2.15:22,"
		"hostfwd=udp:127.70.3.9:53-10.0.2.15:5353"));
	assert_true(has_pair(&argv, "-fsdev",
			     "local,id=share0,security_model=none,multidevs=remap,readonly=on,path=/a,,b"));
	assert_true(
		has_pair(&argv, "-fsdev", "local,id=share1,security_model=none,multidevs=remap,readonly=off,path=/d"));
	assert_true(has_pair(&argv, "-device", "virtio-9p-pci,fsdev=share1,mount_tag=share1"));
	for (size_t i = 0; i < argv.n; i++)
		assert_null(strstr(argv.items[i], "seed"));
	qemu_config_release(&c);
}

static void test_probe_args(void **state)
{
	auto_list argv = { 0 };

	(void)state;
	qemu_probe_args("/q", "/v", "/i", "console=ttyS0", &argv);
	assert_string_equal(argv.items[0], "/q");
	assert_true(has_pair(&argv, "-append", "console=ttyS0 machine.probe"));
	assert_true(list_has(&argv, "-no-reboot"));
}

static void test_order(void **state)
{
	struct qemu_order o = { .name = xstrdup("dev"),
				.dir = xstrdup("/s/machines/dev"),
				.store = xstrdup("/s"),
				.binary = xstrdup("/q"),
				.cpus = 2,
				.kvm = true,
				.vmlinux = xstrdup("/v"),
				.initrd = xstrdup("/i"),
				.root = xstrdup("/r"),
				.cmdline = xstrdup("a=b"),
				.disk = xstrdup("/d") };
	auto_order p = { 0 };

	(void)state;
	assert_null(config_of("--qemu-forward tcp:1:2", &o.config));
	auto_json *tree = qemu_order_json(&o);
	assert_null(qemu_order_parse(tree, &p));
	assert_string_equal(p.cmdline, "a=b");
	assert_null(p.seed);
	assert_true(p.kvm);
	assert_int_equal(p.config.forwards_n, 1);
	assert_int_equal(p.cpus, 2);
	json_set_null(tree, "disk");
	struct err *e = qemu_order_parse(tree, &p);
	assert_non_null(e);
	err_free(e);
	qemu_order_release(&o);
}

static void test_version(void **state)
{
	int major = 0, minor = 0;
	struct err *e;

	(void)state;
	assert_null(qemu_parse_version("QEMU emulator version 7.2.22 (Debian 1:7.2)\nCopyright", &major, &minor));
	assert_int_equal(major, 7);
	assert_int_equal(minor, 2);
	e = qemu_parse_version("bash: no", &major, &minor);
	assert_non_null(e);
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_refused),	cmocka_unit_test(test_shares),
		cmocka_unit_test(test_record),	 cmocka_unit_test(test_record_hostile), cmocka_unit_test(test_args_tcg),
		cmocka_unit_test(test_args_kvm), cmocka_unit_test(test_probe_args),	cmocka_unit_test(test_order),
		cmocka_unit_test(test_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
