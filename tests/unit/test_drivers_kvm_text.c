/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of the kvm driver: URIs, networks, XML against golden files, options and record. No libvirt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/opt_parse.h"
#include "base/xml.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/keep_user.h"
#include "drivers/kvm/kvm.h"
#include "drivers/kvm/network_facts.h"
#include "drivers/kvm/record.h"
#include "drivers/kvm/uri.h"
#include "drivers/kvm/xml.h"
#include "drivers/net/subnet.h"

/* --- URIs --- */

static void test_uri_good(void **state)
{
	static const struct {
		const char *text, *transport, *user, *host;
		int port;
		bool session, remote, ssh;
	} cases[] = {
		{ "qemu:///system", "", "", "", 0, false, false, false },
		{ "qemu:///session", "", "", "", 0, true, false, false },
		{ "qemu+unix:///system?socket=/x", "unix", "", "", 0, false, false, false },
		{ "qemu+ssh://root@10.1.2.3/system", "ssh", "root", "10.1.2.3", 0, false, true, true },
		{ "qemu+ssh://h.example:2222/system", "ssh", "", "h.example", 2222, false, true, true },
		{ "qemu+libssh2://a%2Db@h/system?known_hosts=/k%20h&keyfile=/i", "libssh2", "a-b", "h", 0, false, true,
		  true },
		{ "qemu+tls://[fd00::1]:16514/system?pkipath=/p", "tls", "", "fd00::1", 16514, false, true, false },
		{ "qemu+tcp://h/system", "tcp", "", "h", 0, false, true, false },
		{ "qemu://h/system", "", "", "h", 0, false, true, false },
		{ "test:///default", "", "", "", 0, false, false, false },
		{ "qemu+ssh://h/system?no_verify=0", "ssh", "", "h", 0, false, true, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_uri u = { 0 };
		auto_err *e = kvm_uri_parse(cases[i].text, &u);

		if (e)
			fail_msg("%s: %s", cases[i].text, e->msg);
		assert_string_equal(u.transport, cases[i].transport);
		assert_string_equal(u.user, cases[i].user);
		assert_string_equal(u.host, cases[i].host);
		assert_int_equal(u.port, cases[i].port);
		assert_int_equal(u.session, cases[i].session);
		assert_int_equal(kvm_uri_is_remote(&u), cases[i].remote);
		assert_int_equal(kvm_uri_is_ssh(&u), cases[i].ssh);
	}
}

static void test_uri_bad(void **state)
{
	static const char *const texts[] = {
		"",
		"qemu",
		"qemu:/system",
		"xen:///system",
		"qemu+rsh://h/system",
		"qemu:///",
		"qemu:///other",
		"qemu+ssh://-oProxyCommand=x/system",
		"qemu+ssh://-u@h/system",
		"qemu+ssh://h:0/system",
		"qemu+ssh://h:99999/system",
		"qemu+ssh://h:x/system",
		"qemu+ssh://[::1/system",
		"qemu+ssh://a b/system",
		"qemu+ssh://h/system?no_verify=1",
		"qemu+ssh://h/system?keyfile=/k;NO_verify=1",
		"qemu+ssh://h/system?no%5fverify=1",
		"qemu+ssh://h/system?no_verify",
		"qemu+ssh://h/system?keyfile=/k&no_verify=yes",
		"qemu+ssh://h/session",
		"qemu+ssh://h;reboot/system",
		"qemu+ssh://$(x)@h/system",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_uri u = { 0 };
		auto_err *e = kvm_uri_parse(texts[i], &u);

		if (!e)
			fail_msg("'%s' was taken", texts[i]);
		assert_int_equal(e->code, ERR_USAGE);
		assert_non_null(err_hint_of(e));
	}
}

static void assert_ssh(const char *uri, const char *jump, const char *want)
{
	auto_list argv = { 0 };
	auto_uri u = { 0 };

	assert_null(kvm_uri_parse(uri, &u));
	kvm_ssh_args(&u, jump, &argv);
	list_take(&argv, kvm_ssh_host(&u, jump));
	auto_free char *text = list_join(&argv, " ");
	assert_string_equal(text, want);
}

static void test_uri_ssh(void **state)
{
#define USUAL "-oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=5 -oServerAliveCountMax=3"
	(void)state;
	assert_ssh("qemu+ssh://root@h/system", "", "ssh " USUAL " root@h");
	assert_ssh("qemu+ssh://root@h:2200/system?keyfile=/k&command=/w", "", "/w " USUAL " -i /k -p 2200 root@h");
	assert_ssh("qemu+libssh2://h/system?known_hosts=/kh", "", "ssh " USUAL " -oUserKnownHostsFile=/kh h");
	/* The port of a URI that is not ssh's is libvirt's. */
	assert_ssh("qemu+tls://h:16514/system", "", "ssh " USUAL " h");
	assert_ssh("qemu+tls://h/system", "me@j:22022", "ssh " USUAL " -p 22022 me@j");
	assert_ssh("qemu+ssh://root@h:2200/system", "j", "ssh " USUAL " j");
	assert_null(kvm_jump_check(""));
	assert_null(kvm_jump_check("me@h:22"));
	auto_err *e = kvm_jump_check("-oProxyCommand=x");
	assert_int_equal(e->code, ERR_USAGE);
}

/* --- networks --- */

static void test_subnets(void **state)
{
	struct subnet a, b;
	uint32_t address;

	(void)state;
	assert_true(subnet_parse("10.1.2.3/24", &a));
	auto_free char *text = subnet_text(&a);
	assert_string_equal(text, "10.1.2.0/24");
	assert_int_equal(subnet_hosts(&a), 254);
	assert_true(subnet_address_parse("10.1.2.1", &address));
	assert_int_equal(subnet_host(&a, 0), address);
	assert_true(subnet_has(&a, address));
	assert_true(subnet_make("10.1.0.1", "255.255.0.0", NULL, &b));
	assert_int_equal(b.prefix, 16);
	assert_true(subnet_overlap(&a, &b));
	assert_true(subnet_overlap(&b, &a));
	assert_true(subnet_make("10.1.3.1", NULL, "24", &b));
	assert_false(subnet_overlap(&a, &b));
	assert_true(subnet_make("192.168.7.1", NULL, NULL, &b)); /* its class */
	assert_int_equal(b.prefix, 24);
	assert_true(subnet_parse("0.0.0.0/0", &b));
	assert_true(subnet_overlap(&a, &b));
	assert_true(subnet_parse("10.0.0.1/31", &b));
	assert_int_equal(subnet_hosts(&b), 0);
	assert_false(subnet_make("10.1.2.3", "255.0.255.0", NULL, &b));
	assert_false(subnet_make("10.1.2.3", NULL, "33", &b));
	assert_false(subnet_make("fd00::1", NULL, "64", &b));
	assert_false(subnet_make(NULL, NULL, NULL, &b));
	assert_false(subnet_parse("10.1.2/24", &b));
}

static void test_candidates(void **state)
{
	static const char *const engines[] = { "172.17.0.0/12", "192.168.0.0/16" };
	struct subnet s, e, before = { 0 };
	unsigned n = 0;

	(void)state;
	for (; subnet_candidate(n, &s); n++) {
		for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
			assert_true(subnet_parse(engines[i], &e));
			assert_false(subnet_overlap(&s, &e));
		}
		assert_true(n == 0 || !subnet_overlap(&s, &before));
		before = s;
	}
	assert_true(n > 50);
}

static void test_routes(void **state)
{
	static const char table[] =
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		"eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		"eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		"nonsense\n"
		"tun0\t0000000A\t0101A8C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n";
	struct subnet found[8];

	(void)state;
	assert_int_equal(subnet_routes(table, false, found, 8), 2);
	auto_free char *first = subnet_text(&found[0]), *second = subnet_text(&found[1]);
	assert_string_equal(first, "192.168.1.0/24");
	assert_string_equal(second, "10.0.0.0/8");
	assert_int_equal(subnet_routes(table, false, found, 1), 1);
	assert_int_equal(subnet_routes("", false, found, 8), 0);
	assert_int_equal(subnet_routes(table, true, found, 8), 1);
	assert_int_equal(found[0].prefix, 8);
}

static void test_facts(void **state)
{
	static const char xml[] =
		"<network><name>n</name><ip family='ipv6' address='fd00::1' prefix='64'/><ip address='10.9.0.1' "
		"prefix='24'/>"
		"<ip address='10.8.0.1' netmask='255.255.255.0'><dhcp><range start='10.8.0.2' end='10.8.0.9'/>"
		"<host mac='52:54:00:00:00:01' name='a' ip='10.8.0.5'/><host mac='52:54:00:00:00:02' "
		"ip='10.8.0.6'/></dhcp></ip>"
		"</network>";
	auto_facts f = { 0 };
	auto_facts none = { 0 };

	(void)state;
	assert_null(network_facts_parse(xml, &f));
	assert_true(f.dhcp);
	assert_false(f.own);
	auto_free char *subnet = subnet_text(&f.subnet), *gateway = subnet_address_text(f.gateway);
	assert_string_equal(subnet, "10.8.0.0/24");
	assert_string_equal(gateway, "10.8.0.1");
	assert_int_equal(f.macs.n, 2);
	assert_true(list_has(&f.addresses, "10.8.0.6"));
	auto_free char *reserved = network_facts_reserved(xml, "52:54:00:00:00:01");
	assert_string_equal(reserved, "10.8.0.5");
	assert_null(network_facts_reserved(xml, "52:54:00:00:00:03"));
	assert_null(network_facts_parse("<network><bridge name='b'/><forward mode='bridge'/></network>", &none));
	assert_false(none.dhcp);
	assert_true(none.forwards);
	assert_false(none.routed);
	assert_int_equal(none.subnet.prefix, 0);
	auto_facts open = { 0 };
	assert_null(network_facts_parse("<network><forward mode='open'/></network>", &open));
	assert_true(open.routed);
	auto_err *e = network_facts_parse("<network>", &none);
	assert_non_null(e);
}

/* --- golden XML --- */

/* UPDATE_GOLDEN=1 writes what there is now; look at the difference before it is committed. */
static void assert_golden(const char *name, const char *text)
{
	auto_free char *path = xasprintf("tests/unit/golden/%s", name), *want = NULL;

	if (getenv("UPDATE_GOLDEN"))
		assert_null(fs_write(path, text, strlen(text), 0644));
	assert_null(fs_read(path, 1 << 20, &want, NULL));
	assert_string_equal(text, want);
}

static struct kvm_config some_config(const char *network)
{
	return (struct kvm_config){
		.uri = (char *)"qemu:///system",
		.network = (char *)network,
		.pool = (char *)"machine",
		.cache_mode = (char *)"default",
		.io_mode = (char *)"threads",
		.memory_mib = 1024,
		.disk_mib = 20000,
		.uuid = (char *)"00112233-4455-6677-8899-aabbccddeeff",
		.mac = (char *)"52:54:00:01:02:03",
		.address = (char *)"127.77.1.2",
		.image = (char *)"0123456789abcdef",
	};
}

static struct kvm_domain some_domain(const struct kvm_config *c)
{
	return (struct kvm_domain){ .name = "dev",
				    .store = "/home/a&b/<store>",
				    .config = c,
				    .cpus = 2,
				    .kernel = "/p/vmlinux",
				    .initrd = "/p/initrd",
				    .cmdline = "console=ttyS0 quiet",
				    .root = "/p/root.erofs",
				    .disk = "/p/dev.disk",
				    .seed = "/p/dev.seed",
				    .console = "/p/dev.console" };
}

static void test_golden_domains(void **state)
{
	struct kvm_config c = some_config("machine");
	struct kvm_domain d = some_domain(&c);

	(void)state;
	auto_free char *kvm = kvm_xml_domain(&d);
	assert_golden("kvm-domain.xml", kvm);
	d.emulated = true;
	c.network = (char *)"bridge:br0";
	c.cache_mode = (char *)"none";
	c.io_mode = (char *)"native";
	auto_free char *tcg = kvm_xml_domain(&d);
	assert_golden("kvm-domain-tcg-bridge.xml", tcg);
	c = some_config("user");
	c.isolated = true;
	d.channel = "/run/user/1000/machine-00112233.agent";
	auto_free char *user = kvm_xml_domain(&d);
	assert_golden("kvm-domain-user.xml", user);
	c = some_config("macvtap:eth0");
	auto_free char *macvtap = kvm_xml_domain(&d);
	c = some_config(KVM_OWN_NETWORK);
	c.isolated = true;
	auto_free char *isolated = kvm_xml_domain(&d);
	assert_non_null(strstr(isolated, "<source network='" KVM_OWN_ISOLATED "'/>"));
	assert_non_null(strstr(macvtap, "<interface type='direct'>"));
	assert_non_null(strstr(macvtap, "<source dev='eth0' mode='bridge'/>"));
}

static void test_golden_others(void **state)
{
	const struct kvm_volume v = {
		.name = "dev-00112233.disk", .qcow2 = true, .bytes = 1 << 30, .mode = "0600", .backing = "/p/a&b.qcow2"
	};
	struct subnet s;

	(void)state;
	assert_true(subnet_parse("10.160.47.0/24", &s));
	auto_free char *network = kvm_xml_network("machine", &s, false), *isolated = kvm_xml_network("x", &s, true);
	auto_free char *volume = kvm_xml_volume(&v), *pool = kvm_xml_pool("machine", "/var/lib/libvirt/images/machine");
	auto_free char *named = kvm_xml_reservation("52:54:00:01:02:03", "dev", "10.160.47.9");
	auto_free char *bare = kvm_xml_reservation("52:54:00:01:02:03", NULL, "10.160.47.9");
	assert_golden("kvm-network.xml", network);
	assert_golden("kvm-volume.xml", volume);
	assert_golden("kvm-pool.xml", pool);
	assert_null(strstr(isolated, "<forward"));
	assert_string_equal(named, "<host mac='52:54:00:01:02:03' name='dev' ip='10.160.47.9'/>");
	assert_string_equal(bare, "<host mac='52:54:00:01:02:03' ip='10.160.47.9'/>");
	/* What we write is what we read. */
	auto_facts f = { 0 };
	assert_null(network_facts_parse(network, &f));
	assert_true(f.own && f.dhcp);
}

static char merge_dir[] = "/tmp/test_kvm.XXXXXX";

static struct err *merge(const char *own, char **ret)
{
	struct kvm_config c = some_config("machine");
	struct kvm_domain d = some_domain(&c);
	auto_free char *xml = kvm_xml_domain(&d), *path = fs_join(merge_dir, "own.xml");

	assert_null(fs_write(path, own, strlen(own), 0644));
	return kvm_xml_merge(xml, path, ret);
}

static void test_merge(void **state)
{
	auto_free char *text = NULL;
	auto_xml *x = NULL;

	(void)state;
	assert_non_null(mkdtemp(merge_dir));
	assert_null(merge("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><title>mine</title><cpu "
			  "mode='host-model'/>"
			  "<devices><watchdog model='i6300esb'/></devices><features><hap state='on'/></features>"
			  "<qemu:commandline><qemu:arg value='-foo'/></qemu:commandline></domain>",
			  &text));
	assert_null(xml_parse(text, strlen(text), "it", &x));
	auto_free char *title = xml_text(x, "/domain/title"), *name = xml_text(x, "/domain/name");
	auto_free char *cpu = xml_text(x, "/domain/cpu/@mode"), *dog = xml_text(x, "/domain/devices/watchdog/@model");
	auto_free char *disk = xml_text(x, "/domain/devices/disk[2]/target/@dev");
	auto_free char *hap = xml_text(x, "/domain/features/hap/@state");
	auto_free char *arg = xml_text(x, "/domain/*[local-name()='commandline']/*/@value");
	auto_list cpus = { 0 };
	xml_texts(x, "/domain/cpu", &cpus);
	assert_string_equal(title, "mine");
	assert_string_equal(name, "dev");
	assert_string_equal(cpu, "host-model");
	assert_int_equal(cpus.n, 1);
	assert_string_equal(dog, "i6300esb");
	assert_string_equal(disk, "vdb");
	assert_string_equal(hap, "on");
	assert_string_equal(arg, "-foo");
}

static void test_merge_bad(void **state)
{
	static const char *const texts[] = {
		"",
		"no XML",
		"<domain>",
		"<domain/>",
		"<network><a/></network>",
		"<domain><name>x</name></domain>",
		"<domain><uuid>1</uuid><title>t</title></domain>",
		"<!DOCTYPE d [<!ENTITY a SYSTEM '/etc/passwd'>]><domain><name>&a;</name></domain>"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_free char *text = NULL;
		auto_err *e = merge(texts[i], &text);

		if (!e)
			fail_msg("taken: %s", texts[i]);
		assert_non_null(err_hint_of(e));
	}
	assert_null(fs_remove_tree(merge_dir));
}

/* --- options and record --- */

static const struct driver_env env = { "dev", "/s", "/s/machines/dev", "/s/.state", NULL, NULL, NULL };

static struct err *from(const char *const *argv, struct kvm_config *ret)
{
	const struct opt *const tables[] = { kvm_opts, NULL };
	auto_opts o = { 0 };
	int n = 0;

	while (argv[n])
		n++;
	TRY(opts_parse(&o, tables, n, (char *const *)argv, false));
	return kvm_config_from_opts(&o, ret);
}

#define auto_config __attribute__((cleanup(kvm_config_release))) struct kvm_config

static void test_options(void **state)
{
	const char *const none[] = { NULL };
	const char *const some[] = { "--kvm-uri",
				     "qemu+ssh://root@h/system",
				     "--kvm-memory=2g",
				     "--kvm-network",
				     "bridge:br0",
				     "--kvm-cache-mode",
				     "none",
				     "--kvm-io-mode",
				     "native",
				     "--kvm-cpu-count",
				     "3",
				     NULL };
	auto_config c = { 0 };
	auto_config d = { 0 };
	auto_config again = { 0 };
	auto_json *record = json_object();
	auto_json *second = json_object();

	(void)state;
	assert_null(from(none, &c));
	assert_string_equal(c.network, KVM_OWN_NETWORK);
	assert_int_equal(c.memory_mib, 1024);
	assert_int_equal(strlen(c.uuid), 36);
	assert_null(from(some, &d));
	assert_int_equal(d.memory_mib, 2048);
	assert_string_not_equal(c.mac, d.mac);
	assert_string_not_equal(c.uuid, d.uuid);
	d.reach = KVM_REACH_JUMP;
	free(d.address);
	d.address = xstrdup("127.77.0.9");
	d.reserved = true;
	kvm_config_save(&d, &env, record);
	assert_string_equal(json_str_or(record, "IPAddress", ""), "127.77.0.9");
	assert_int_equal(json_int_or(record, "SSHPort", 0), 2222);
	assert_null(kvm_config_from_record(record, &again));
	kvm_config_save(&again, &env, second);
	auto_free char *a = json_print(record, 0), *b = json_print(second, 0);
	assert_string_equal(a, b);
}

static void test_options_bad(void **state)
{
	static const char *const cases[][3] = {
		{ "--kvm-uri", "vbox:///x" },
		{ "--kvm-memory", "10" },
		{ "--kvm-disk-size", "5" },
		{ "--kvm-network", "" },
		{ "--kvm-network", "a b" },
		{ "--kvm-network", "bridge:" },
		{ "--kvm-network", "bridge:0123456789abcdef" },
		{ "--kvm-pool", "../x" },
		{ "--kvm-cache-mode", "fast" },
		{ "--kvm-io-mode", "native" },
		{ "--kvm-io-mode", "x" },
		{ "--kvm-jump", "-x" },
		{ "--kvm-accelerator", "hax" },
		{ "--kvm-ssh-user", "a;b" },
		{ "--kvm-cpu-count", "-2" },
		{ "--kvm-cpu-count", "256" },
		{ "--kvm-boot2docker-url", "https://h/x.iso" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_config c = { 0 };
		auto_err *e = from(cases[i], &c);

		if (!e)
			fail_msg("%s %s was taken", cases[i][0], cases[i][1]);
		assert_int_equal(e->code, ERR_USAGE);
	}
}

/* Ports that QEMU forwards since a keeper of before told it to. */
static void test_user_adopt(void **state)
{
	static const char usernet[] =
		"Hub -1 (net0):\r\n"
		"  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
		"  TCP[HOST_FORWARD]  14      127.80.1.2  8080       10.0.2.15  8080     0     0\r\n"
		"  UDP[HOST_FORWARD]  15      127.80.1.2  5353       10.0.2.15  5353     0     0\r\n"
		"  TCP[HOST_FORWARD]  16      127.80.1.2  2376       10.0.2.15  2376     0     0\r\n"
		"  TCP[HOST_FORWARD]  17      127.80.1.2  2222       10.0.2.15    22     0     0\r\n"
		"  TCP[HOST_FORWARD]  18      127.80.1.9  8081       10.0.2.15  8081     0     0\r\n"
		"  TCP[ESTABLISHED]   19      127.80.1.2  8082       10.0.2.15  8082     0     0\r\n"
		"  ICMP[0]            20       10.0.2.15     0         8.8.8.8     0     0     0\r\n";
	struct ports p = { 0 };

	(void)state;
	keep_user_read(usernet, "127.80.1.2", &p);
	assert_int_equal(p.n, 2);
	assert_int_equal(ports_find(&p, "tcp", 8080)->state, PORT_ACTIVE);
	assert_int_equal(ports_find(&p, "udp", 5353)->state, PORT_ACTIVE);
	ports_release(&p);
}

/* A record from before a network was chosen: seeded again on whichever host, the machine keeps the one that it was made with. */
static void test_record_old_network(void **state)
{
	const char *const user[] = { "--kvm-network", "user", NULL };
	auto_json *record = json_object(), *again = json_object(), *machine = json_object();
	auto_config c = { 0 };
	void *self;

	(void)state;
	assert_null(from(user, &c));
	kvm_config_save(&c, &env, record);
	json_set_str(record, "Reach", "user");
	json_set_str(record, "IPAddress", "127.80.1.2");
	cJSON_DeleteItemFromObjectCaseSensitive(record, "Subnet");
	assert_null(driver_kvm.from_record(&env, record, &self));
	assert_null(driver_kvm.seed_machine(self, machine));
	assert_string_equal(json_str_or(machine, "network.address", ""), "10.0.2.15/24");
	assert_null(driver_kvm.save(self, again));
	assert_string_equal(json_str_or(again, "Subnet", "none"), "");
	driver_kvm.close(self);
}

static void test_record_bad(void **state)
{
	static const char *const members[][2] = {
		{ "IPAddress", "1.2.3" }, { "GuestAddress", "x" }, { "UUID", "../../x" }, { "MAC", "52:54" },
		{ "Image", "../x" },	  { "URI", "nonsense" },   { "Network", "'" },	  { "Pool", "" },
	};
	const char *const none[] = { NULL };
	auto_config c = { 0 };

	(void)state;
	assert_null(from(none, &c));
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		auto_json *record = json_object();
		auto_config read = { 0 };

		kvm_config_save(&c, &env, record);
		json_set_str(record, members[i][0], members[i][1]);
		auto_err *e = kvm_config_from_record(record, &read);
		if (!e)
			fail_msg("%s '%s' was taken", members[i][0], members[i][1]);
	}
	/* A loopback address is what a jump has; nothing else is bound or connected to for it. */
	auto_json *record = json_object();
	auto_config read = { 0 };
	kvm_config_save(&c, &env, record);
	json_set_str(record, "Reach", "jump");
	json_set_str(record, "IPAddress", "10.0.0.1");
	auto_err *e = kvm_config_from_record(record, &read);
	assert_non_null(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uri_good),      cmocka_unit_test(test_uri_bad),
		cmocka_unit_test(test_uri_ssh),	      cmocka_unit_test(test_subnets),
		cmocka_unit_test(test_candidates),    cmocka_unit_test(test_routes),
		cmocka_unit_test(test_facts),	      cmocka_unit_test(test_golden_domains),
		cmocka_unit_test(test_golden_others), cmocka_unit_test(test_merge),
		cmocka_unit_test(test_merge_bad),     cmocka_unit_test(test_options),
		cmocka_unit_test(test_options_bad),   cmocka_unit_test(test_record_old_network),
		cmocka_unit_test(test_user_adopt),    cmocka_unit_test(test_record_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
