/* SPDX-License-Identifier: Apache-2.0 */
/* init's pure functions: what a disk is, what machine.json and boot2docker's profile say, what the engine and the
 * firewall are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contract.h"
#include "init/account.h"
#include "init/data.h"
#include "init/disk.h"
#include "init/engine.h"
#include "init/firewall.h"
#include "init/identity.h"
#include "init/module.h"
#include "init/net.h"
#include "init/output.h"
#include "init/profile.h"
#include "init/revive.h"
#include "init/service.h"

static unsigned char head[DISK_HEAD];

static void put(size_t at, const void *bytes, size_t len)
{
	memcpy(head + at, bytes, len);
}

static void iso_with(const char *volume)
{
	memset(head, 0, sizeof(head));
	put(32768, "\1CD001", 6);
	memset(head + 32808, ' ', 32);
	put(32808, volume, strlen(volume));
}

static void test_disk_iso(void **state)
{
	(void)state;
	iso_with(GUEST_SEED_VOLUME);
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_SEED);
	iso_with(GUEST_ISO_VOLUME);
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_ISO);
	iso_with(GUEST_SEED_VOLUME "2");
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_OTHER);
	iso_with("machine_seed");
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_OTHER);
	iso_with(GUEST_SEED_VOLUME);
	assert_int_equal(disk_classify(head, 32768 + 100), DISK_OTHER); /* cut before the volume's sector ends */
}

static void test_disk_root(void **state)
{
	(void)state;
	memset(head, 0, sizeof(head));
	put(1024, "\xe2\xe1\xf5\xe0", 4);
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_OTHER);
	put(1024 + 64, GUEST_ROOT_VOLUME, strlen(GUEST_ROOT_VOLUME));
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_ROOT);
	assert_int_equal(disk_classify(head, 2047), DISK_OTHER);
	put(1024 + 64, GUEST_ROOT_VOLUME "x", strlen(GUEST_ROOT_VOLUME) + 1);
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_OTHER);
}

static void test_disk_data(void **state)
{
	(void)state;
	memset(head, 0, sizeof(head));
	put(1024 + 56, "\x53\xef", 2);
	put(1024 + 120, GUEST_DATA_LABEL, strlen(GUEST_DATA_LABEL));
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_DATA);
	put(1024 + 120, "somebody's", 11);
	assert_int_equal(disk_classify(head, DISK_HEAD), DISK_OTHER);
}

/* Formatting destroys: one byte anywhere in the first MiB must save a disk. */
static void test_disk_blank(void **state)
{
	static const size_t places[] = { 0, 1, 511, 1080, 32768, DISK_PEEK, DISK_HEAD - 1 };

	(void)state;
	memset(head, 0, sizeof(head));
	assert_int_equal(disk_classify(head, DISK_HEAD), DISK_BLANK);
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_OTHER);
	assert_int_equal(disk_classify(head, DISK_HEAD - 1), DISK_OTHER);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		head[places[i]] = 1;
		assert_int_equal(disk_classify(head, DISK_HEAD), DISK_OTHER);
		head[places[i]] = 0;
	}
}

static void test_disk_format_me(void **state)
{
	(void)state;
	memset(head, 0, sizeof(head));
	put(0, GUEST_FORMAT_ME, strlen(GUEST_FORMAT_ME));
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_FORMAT_ME);
	put(0, "boot2docker, please format-m", 29);
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_OTHER);
	/* A file system wins over a header that an old one left. */
	put(0, GUEST_FORMAT_ME, strlen(GUEST_FORMAT_ME));
	put(1024 + 56, "\x53\xef", 2);
	assert_int_equal(disk_classify(head, DISK_PEEK), DISK_OTHER);
}

static void tar_file(char *at, const char *name, const char *size)
{
	memset(at, 0, 512);
	strcpy(at, name);
	strcpy(at + 124, size);
}

static void test_data_tar(void **state)
{
	char tar[4096] = { 0 };
	size_t len = 0;

	(void)state;
	tar_file(tar, GUEST_FORMAT_ME, "00000000005");
	memcpy(tar + 512, "12345", 5);
	tar_file(tar + 1024, ".ssh/authorized_keys", "00000000007");
	memcpy(tar + 1536, "ssh-rsa", 7);
	assert_ptr_equal(data_tar_find(tar, sizeof(tar), ".ssh/authorized_keys", &len), tar + 1536);
	assert_int_equal(len, 7);
	assert_null(data_tar_find(tar, sizeof(tar), ".ssh/other", &len));
	assert_null(data_tar_find(tar, 1024, ".ssh/authorized_keys", &len));
	assert_null(data_tar_find(tar, 1024 + 512 + 6, ".ssh/authorized_keys", &len));
	strcpy(tar + 124, "77777777777");
	assert_null(data_tar_find(tar, sizeof(tar), ".ssh/authorized_keys", &len));
}

static const char *parse_net(const char *text, struct net_config *ret)
{
	cJSON *tree = cJSON_Parse(text);
	const char *bad = net_parse(tree, ret);

	cJSON_Delete(tree);
	return bad;
}

static void test_net_static(void **state)
{
	struct net_config c;
	char text[128];

	(void)state;
	assert_null(parse_net("{\"mode\":\"static\",\"mac\":\"52:54:00:AB:cd:56\",\"address\":\"10.0.2.15/24\","
			      "\"gateway\":\"10.0.2.2\",\"dns\":[\"10.0.2.3\",\"1.1.1.1\"],"
			      "\"closed\":[\"10.0.2.0/24\",\"192.168.1.7\"],\"later\":{\"x\":1}}",
			      &c));
	assert_false(c.dhcp);
	assert_string_equal(c.mac, "52:54:00:ab:cd:56");
	assert_int_equal(ntohl(c.address.address.s_addr), 0x0a00020f);
	assert_int_equal(c.address.prefix, 24);
	assert_int_equal(ntohl(c.gateway.s_addr), 0x0a000202);
	assert_int_equal(c.closed_count, 2);
	assert_int_equal(c.closed[0].prefix, 24);
	assert_int_equal(c.closed[1].prefix, 32);
	assert_true(net_resolv(&c, text, sizeof(text)));
	assert_string_equal(text, "nameserver 10.0.2.3\nnameserver 1.1.1.1\n");
	assert_false(net_resolv(&c, text, 30));
}

static void test_net_dhcp(void **state)
{
	struct net_config c;

	(void)state;
	assert_null(parse_net("{\"mode\":\"dhcp\"}", &c));
	assert_true(c.dhcp);
	assert_string_equal(c.mac, "");
	assert_null(parse_net("{\"mode\":\"dhcp\",\"mac\":\"\",\"dns\":[\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\","
			      "\"1.1.1.4\",\"1.1.1.5\"]}",
			      &c));
	assert_int_equal(c.dns_count, NET_DNS);
}

static void test_net_refuses(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"7",
		"{\"mode\":\"bridge\"}",
		"{\"mode\":7}",
		"{\"mode\":\"static\"}",
		"{\"mode\":\"static\",\"address\":\"10.0.2.15/33\"}",
		"{\"mode\":\"static\",\"address\":\"10.0.2.15/\"}",
		"{\"mode\":\"static\",\"address\":\"10.0.2.15/-1\"}",
		"{\"mode\":\"static\",\"address\":\"10.0.2.15/24x\"}",
		"{\"mode\":\"static\",\"address\":\"fd00::1/64\"}",
		"{\"mode\":\"static\",\"address\":\"10.0.2.15/24\",\"gateway\":\"router\"}",
		"{\"mode\":\"dhcp\",\"mac\":\"52:54:00:12:34\"}",
		"{\"mode\":\"dhcp\",\"mac\":\"52-54-00-12-34-56\"}",
		"{\"mode\":\"dhcp\",\"mac\":\"52:54:00:12:34:5g\"}",
		"{\"mode\":\"dhcp\",\"dns\":[\"1.1.1.1; reboot\"]}",
		"{\"mode\":\"dhcp\",\"dns\":[7]}",
		"{\"mode\":\"dhcp\",\"closed\":[\"\"]}",
		"{\"mode\":\"dhcp\",\"closed\":[null]}",
		"{\"mode\":\"dhcp\",\"closed\":[\"1\",\"2\",\"3\",\"4\"]}",
		"{\"mode\":\"dhcp\",\"closed\":[\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\","
		"\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\","
		"\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\",\"10.0.0.1\"]}",
	};
	struct net_config c;

	(void)state;
	assert_non_null(net_parse(NULL, &c));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!parse_net(bad[i], &c))
			fail_msg("accepted: %s", bad[i]);
	}
}

static const char *parse_machine(const char *networks, struct net_config nets[NET_MAX], size_t *count)
{
	char text[1024];
	cJSON *tree;
	const char *bad;

	snprintf(text, sizeof(text), "{\"network\":{\"mode\":\"dhcp\",\"mac\":\"08:00:27:00:00:01\"}%s%s}",
		 networks ? ",\"networks\":" : "", networks ? networks : "");
	tree = cJSON_Parse(text);
	assert_non_null(tree);
	bad = net_parse_all(tree, nets, count);
	cJSON_Delete(tree);
	return bad;
}

#define FURTHER(mac, rest)                                                                                             \
	"{\"mode\":\"static\",\"address\":\"192.168.56.7/24\",\"mac\":\"08:00:27:00:00:" mac "\"" rest "}"

static void test_net_further(void **state)
{
	struct net_config nets[NET_MAX];
	size_t count;

	(void)state;
	assert_null(parse_machine(NULL, nets, &count));
	assert_int_equal(count, 1);
	assert_null(parse_machine("[]", nets, &count));
	assert_int_equal(count, 1);
	assert_null(parse_machine(
		"[" FURTHER("0A", ",\"gateway\":\"192.168.56.1\",\"dns\":[\"1.1.1.1\"],"
				  "\"closed\":[\"192.168.56.0/24\"]") ","
								      "{\"mode\":\"dhcp\",\"mac\":\"08:00:27:00:00:"
								      "0b\"}," FURTHER("0c", "") "]",
		nets, &count));
	assert_int_equal(count, 4);
	assert_true(nets[0].dhcp);
	assert_string_equal(nets[1].mac, "08:00:27:00:00:0a");
	assert_int_equal(ntohl(nets[1].address.address.s_addr), 0xc0a83807);
	assert_int_equal(nets[1].gateway.s_addr, 0);
	assert_int_equal(nets[1].dns_count, 0);
	assert_int_equal(nets[1].closed_count, 1);
	assert_true(nets[2].dhcp);
	assert_false(nets[3].dhcp);
}

static void test_net_further_refuses(void **state)
{
	static const char *const bad[] = {
		"{}",
		"null",
		"\"x\"",
		"[null]",
		"[{}]",
		"[[]]",
		"[" FURTHER("0g", "") "]",
		"[" FURTHER("01", "") "]",
		"[" FURTHER("0a", "") "," FURTHER("0A", "") "]",
		"[{\"mode\":\"dhcp\"}]",
		"[{\"mode\":\"dhcp\",\"mac\":\"\"}]",
		"[{\"mode\":\"static\",\"mac\":\"08:00:27:00:00:0a\"}]",
		"[" FURTHER("0a", ",\"gateway\":\"x\"") "]",
		"[" FURTHER("0a", "") "," FURTHER("0b", "") "," FURTHER("0c", "") "," FURTHER("0d", "") "]",
		"[" FURTHER("0a", "") "," FURTHER("0b", "") "," FURTHER("0c", "") ",7]",
	};
	struct net_config nets[NET_MAX];
	cJSON *tree = cJSON_Parse("{\"network\":{\"mode\":\"dhcp\"},\"networks\":[" FURTHER("0a", "") "]}");
	size_t count;

	(void)state;
	/* Which card would be the first? */
	assert_non_null(net_parse_all(tree, nets, &count));
	cJSON_Delete(tree);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!parse_machine(bad[i], nets, &count))
			fail_msg("accepted: %s", bad[i]);
	}
}

static void test_firewall_further(void **state)
{
	struct net_config c[2];
	char rules[8192];

	(void)state;
	assert_null(parse_net("{\"mode\":\"static\",\"address\":\"10.0.2.15/24\",\"dns\":[\"10.0.2.3\"],"
			      "\"closed\":[\"10.0.2.0/24\"]}",
			      &c[0]));
	assert_null(parse_net("{\"mode\":\"dhcp\",\"closed\":[\"192.168.56.1\",\"10.0.0.0/8\"]}", &c[1]));
	assert_true(firewall_rules(c, 2, true, true, rules, sizeof(rules)));
	assert_non_null(strstr(rules, "-d 10.0.2.0/24 -j REJECT"));
	assert_non_null(strstr(rules, "-d 192.168.56.1/32 -j REJECT"));
	/* The name server, in a network that each closes, and a lease pass before the first is closed. */
	assert_true(strstr(rules, "-d 10.0.2.3/32 -p tcp") < strstr(rules, "REJECT"));
	assert_true(strstr(rules, "--dport 67 -j RETURN") < strstr(rules, "REJECT"));
	assert_true(firewall_rules(c, 1, true, true, rules, sizeof(rules)));
	assert_null(strstr(rules, "192.168.56.1"));
	assert_null(strstr(rules, "--dport 67"));
}

static void test_firewall(void **state)
{
	struct net_config c;
	char rules[8192];

	(void)state;
	assert_null(parse_net("{\"mode\":\"static\",\"address\":\"10.0.2.15/24\",\"dns\":[\"10.0.2.3\"],"
			      "\"closed\":[\"10.0.2.0/24\"]}",
			      &c));
	assert_true(firewall_rules(&c, 1, true, true, rules, sizeof(rules)));
	/* Answers and the name server pass before the network is refused. */
	assert_true(strstr(rules, "ESTABLISHED -j RETURN") < strstr(rules, "-d 10.0.2.0/24 -j REJECT"));
	assert_true(strstr(rules, "-d 10.0.2.3/32 -p udp -m udp --dport 53 -j RETURN") <
		    strstr(rules, "-d 10.0.2.0/24 -j REJECT"));
	assert_non_null(strstr(rules, "-I DOCKER-USER 1 -j MACHINE-CLOSED"));
	assert_non_null(strstr(rules, "-I OUTPUT 1 -j MACHINE-CLOSED"));
	assert_null(strstr(rules, "--dport 67"));
	c.dhcp = true;
	assert_true(firewall_rules(&c, 1, false, false, rules, sizeof(rules)));
	assert_non_null(strstr(rules, "--dport 67 -j RETURN"));
	assert_non_null(strstr(rules, "-d 10.0.2.0/24 -j DROP"));
	assert_null(strstr(rules, "-I OUTPUT"));
	assert_false(firewall_rules(&c, 1, true, true, rules, 64));
}

static void test_identity_names(void **state)
{
	static const char *const good[] = { "a", "dev", "a-b.c9", "0" };
	static const char *const bad[] = { "", "-a", "a-", "a.", ".a", "a b", "a/b", "a\nb", "\xc3\xa9", "a_b" };
	char longest[65];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(identity_hostname_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(identity_hostname_ok(bad[i]));
	memset(longest, 'a', 64);
	longest[64] = '\0';
	assert_false(identity_hostname_ok(longest));
	longest[63] = '\0';
	assert_true(identity_hostname_ok(longest));
	assert_true(identity_machine_id_ok("0123456789abcdef0123456789abcdef"));
	assert_false(identity_machine_id_ok("0123456789ABCDEF0123456789abcdef"));
	assert_false(identity_machine_id_ok("0123456789abcdef0123456789abcde"));
	assert_false(identity_machine_id_ok("0123456789abcdef0123456789abcdef0"));
}

static void test_identity_channel(void **state)
{
	static const char *const bad[] = { "",	     "ttyS0", "ttyS4",	  "ttyS10", "ttyS1 ", "/dev/ttyS1", "ttyS",
					   "ttyS1x", "TTYS1", "../ttyS1", "tty1",   "hvc0",   "console" };

	(void)state;
	assert_true(identity_channel_ok("ttyS1"));
	assert_true(identity_channel_ok("ttyS2"));
	assert_true(identity_channel_ok("ttyS3"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(identity_channel_ok(bad[i]));
}

static void test_identity_mounts(void **state)
{
	static const char *const good[] = { "/home/me/src", "/Users", "/c/Users/me", "/hosthome", "/runs", "/mnt/x y" };
	static const char *const bad[] = { "",		 "/",	      "relative",   "/a/../etc",
					   "/a/./b",	 "/a//b",     "/a/",	    "/etc",
					   "/etc/ssh",	 "/usr/lib",  "/proc/self", "/run/machine",
					   "/var/lib/x", "/mnt/data", "/dev",	    "/.." };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!identity_mount_ok(good[i]))
			fail_msg("refused: %s", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (identity_mount_ok(bad[i]))
			fail_msg("accepted: %s", bad[i]);
	}
}

/* As docker-machine writes it. */
static const char profile_text[] = "\nEXTRA_ARGS='\n--label provider=virtualbox\n--insecure-registry 10.0.0.0/8\n\n'\n"
				   "CACERT=/var/lib/boot2docker/ca.pem\n"
				   "DOCKER_HOST='-H tcp://0.0.0.0:2376'\n"
				   "DOCKER_STORAGE=overlay2\n"
				   "DOCKER_TLS=auto\n"
				   "SERVERKEY=/var/lib/boot2docker/server-key.pem\n"
				   "SERVERCERT=/var/lib/boot2docker/server.pem\n\n"
				   "export \"HTTP_PROXY=http://proxy:3128\"\n"
				   "export NO_PROXY='a, b'\n";

static void test_profile(void **state)
{
	struct profile p;

	(void)state;
	profile_parse(strdup(profile_text), &p);
	assert_string_equal(p.extra_args, "\n--label provider=virtualbox\n--insecure-registry 10.0.0.0/8\n\n");
	assert_string_equal(p.ca, "/var/lib/boot2docker/ca.pem");
	assert_string_equal(p.cert, "/var/lib/boot2docker/server.pem");
	assert_string_equal(p.key, "/var/lib/boot2docker/server-key.pem");
	assert_int_equal(p.env_count, 2);
	assert_string_equal(p.env[0], "HTTP_PROXY=http://proxy:3128");
	assert_string_equal(p.env[1], "NO_PROXY=a, b");
	profile_release(&p);
}

static void test_profile_words(void **state)
{
	struct profile p;

	(void)state;
	profile_parse(strdup("# CACERT=/no\nexport A=1 B=2\nC=3\nexport D=4 # E=5\nCACERT=a\\ b\\\"'\\'\"$x\"; true\n"
			     "SERVERKEY=\"never closed"),
		      &p);
	assert_int_equal(p.env_count, 3);
	assert_string_equal(p.env[0], "A=1");
	assert_string_equal(p.env[1], "B=2");
	assert_string_equal(p.env[2], "D=4");
	assert_string_equal(p.ca, "a b\"\\$x;");
	assert_string_equal(p.key, "never closed");
	profile_release(&p);
	profile_parse(NULL, &p);
	assert_null(p.extra_args);
	assert_int_equal(p.env_count, 0);
	profile_release(&p);
}

static void test_profile_many(void **state)
{
	char *text = calloc(1, 40000);
	struct profile p;

	(void)state;
	for (int i = 0; i < 2000; i++)
		strcat(text, "export A=1\n");
	profile_parse(text, &p);
	assert_int_equal(p.env_count, PROFILE_WORDS);
	profile_release(&p);
}

static void check_args(const char *text, const char *config, const char *left)
{
	char args[512], have[512] = "", *print;
	cJSON *tree = cJSON_Parse("{\"labels\":[\"was=1\"],\"debug\":false}");
	const char *rest[4];
	size_t count;

	strcpy(args, text);
	profile_args(args, tree, rest, 4, &count);
	for (size_t i = 0; i < count; i++)
		strcat(strcat(have, i ? " " : ""), rest[i]);
	print = cJSON_PrintUnformatted(tree);
	assert_string_equal(print, config);
	assert_string_equal(have, left);
	free(print);
	cJSON_Delete(tree);
}

static void test_profile_args(void **state)
{
	(void)state;
	check_args("", "{\"labels\":[\"was=1\"],\"debug\":false}", "");
	check_args(" --label a=b\n--label=c=d -D --new-flag x",
		   "{\"labels\":[\"was=1\",\"a=b\",\"c=d\"],\"debug\":true}", "--new-flag x");
	check_args("--debug=false --mtu 1400 -s btrfs --log-opt max-size=1m --log-opt max-file=2",
		   "{\"labels\":[\"was=1\"],\"debug\":false,\"mtu\":1400,\"storage-driver\":\"btrfs\","
		   "\"log-opts\":{\"max-size\":\"1m\",\"max-file\":\"2\"}}",
		   "");
	check_args("-H tcp://0.0.0.0:2376 --tlsverify --tlscacert=/x --tlskey /y -H=unix:///z",
		   "{\"labels\":[\"was=1\"],\"debug\":false}", "");
	check_args("--label", "{\"labels\":[\"was=1\"],\"debug\":false}", "");
	check_args("a b c d e f", "{\"labels\":[\"was=1\"],\"debug\":false}", "a b c d");
}

static void test_engine_config(void **state)
{
	cJSON *user = cJSON_Parse("{\"hosts\":[\"tcp://0.0.0.0:2375\"],\"tls\":true,\"pidfile\":\"/x\",\"group\":\"x\","
				  "\"exec-opts\":[\"native.cgroupdriver=systemd\",\"a=b\"],"
				  "\"storage-driver\":\"btrfs\",\"labels\":[\"a\"]}");
	cJSON *c = engine_config(user);
	char *hosts = cJSON_PrintUnformatted(cJSON_GetObjectItem(c, "hosts"));
	char *options = cJSON_PrintUnformatted(cJSON_GetObjectItem(c, "exec-opts"));

	(void)state;
	assert_string_equal(hosts, "[\"unix://" GUEST_ENGINE_SOCKET "\"]");
	assert_string_equal(options, "[\"native.cgroupdriver=cgroupfs\",\"a=b\"]");
	assert_false(cJSON_HasObjectItem(c, "tls"));
	assert_false(cJSON_HasObjectItem(c, "pidfile"));
	assert_false(cJSON_HasObjectItem(c, "group"));
	assert_string_equal(json_text(c, "storage-driver"), "btrfs");
	assert_true(cJSON_HasObjectItem(c, "labels"));
	free(hosts);
	free(options);
	cJSON_Delete(c);
	cJSON_Delete(user);
	c = engine_config(NULL);
	assert_string_equal(json_text(c, "storage-driver"), "overlay2");
	cJSON_Delete(c);
}

static void test_engine_reloadable(void **state)
{
	cJSON *was = cJSON_Parse("{\"debug\":true,\"mtu\":1500}");
	cJSON *live = cJSON_Parse("{\"labels\":[\"a\"],\"mtu\":1500}");
	cJSON *other = cJSON_Parse("{\"debug\":true,\"mtu\":1400}");

	(void)state;
	assert_true(engine_reloadable(was, live));
	assert_false(engine_reloadable(was, other));
	cJSON_Delete(was);
	cJSON_Delete(live);
	cJSON_Delete(other);
}

static void test_account(void **state)
{
	static const char text[] = "root:x:0:0:root:/root:/bin/sh\ndockerx:x:5:5:::\n"
				   "docker:x:1000:1001::/home/docker:/bin/sh\nbad:x:a:b:c\n";
	struct account a;

	(void)state;
	assert_true(account_parse(text, "docker", &a));
	assert_int_equal(a.uid, 1000);
	assert_int_equal(a.gid, 1001);
	assert_string_equal(a.home, "/home/docker");
	assert_true(account_parse(text, "root", &a));
	assert_string_equal(a.home, "/root");
	assert_false(account_parse(text, "dock", &a));
	assert_false(account_parse(text, "bad", &a));
}

static void test_modules(void **state)
{
	static const char dep[] = "kernel/a/nf-nat.ko: kernel/b/nf_conntrack.ko kernel/c/x.ko.xz\n"
				  "kernel/b/nf_conntrack.ko:\nkernel/d/nf_nat_ftp.ko: kernel/a/nf-nat.ko\n";
	size_t len = 0;
	const char *line = module_line(dep, "nf_nat", &len);

	(void)state;
	assert_ptr_equal(line, dep);
	assert_int_equal(len, strcspn(dep, "\n"));
	assert_null(module_line(dep, "nf", &len));
	assert_null(module_line("", "nf", &len));
	assert_true(module_is("kernel/net/nf-nat.ko", "nf_nat"));
	assert_false(module_is("kernel/net/nf-nat.ko", "nf_na"));
	assert_false(module_is("kernel/net/nf-nat.ko", "nf_nat_x"));
}

static void test_module_for(void **state)
{
	static const char alias[] = "# Aliases extracted from modules themselves.\n"
				    "alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000\n"
				    "alias net-pf-16 netlink\n"
				    "alias broken\n\n"
				    "alias pci:v00008086d*sv*sd*bc02sc*i* other_net";
	static const char card[] = "pci:v00008086d0000100Esv00008086sd0000001Ebc02sc00i00";
	const char *text = alias;
	char name[64];

	(void)state;
	assert_true(module_for(&text, card, name));
	assert_string_equal(name, "e1000");
	assert_true(module_for(&text, card, name));
	assert_string_equal(name, "other_net");
	assert_false(module_for(&text, card, name));
	assert_int_equal(*text, '\0');
	text = alias;
	assert_false(module_for(&text, "pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00", name));
	assert_false(module_for(&text, card, name)); /* it is at the end */
}

static char output_got[4096];

static void output_take(void *data, const char *line)
{
	(void)data;
	strcat(strcat(output_got, line), "|");
}

static void test_output(void **state)
{
	struct output o = { .fd = -1, .log = -1, .line = output_take };
	char longest[1000];

	(void)state;
	output_got[0] = '\0';
	output_lines(&o, "one\ntw", 6);
	output_lines(&o, "o\n\n", 3);
	assert_string_equal(output_got, "one|two||");
	memset(longest, 'x', sizeof(longest));
	output_got[0] = '\0';
	output_lines(&o, longest, sizeof(longest));
	output_lines(&o, "\nafter\n", 7);
	assert_int_equal(strlen(output_got), OUTPUT_LINE - 1 + strlen("|after|"));
	assert_string_equal(o.last, "after");
}

static void test_back_off(void **state)
{
	int before = 0;

	(void)state;
	for (int deaths = 1; deaths < 1000; deaths++) {
		int ms = service_back_off_ms(deaths);

		assert_true(ms >= before && ms > 0 && ms <= 30000);
		before = ms;
	}
	assert_int_equal(before, 30000);
}

#define REVIVE_HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void test_revive_ids(void **state)
{
	char ids[2][REVIVE_ID];

	(void)state;
	assert_int_equal(revive_ids("[]", ids, 2), 0);
	assert_int_equal(revive_ids("no JSON", ids, 2), 0);
	assert_int_equal(revive_ids("[{\"Id\":\"short\"},{\"Id\":7},{\"Id\":\"" REVIVE_HEX "1\"}]", ids, 2), 1);
	assert_string_equal(ids[0], REVIVE_HEX "1");
	assert_int_equal(revive_ids("[{\"Id\":\"" REVIVE_HEX "1\"},{\"Id\":\"" REVIVE_HEX "2\"},"
				    "{\"Id\":\"" REVIVE_HEX "3\"}]",
				    ids, 2),
			 2);
	assert_string_equal(ids[1], REVIVE_HEX "2");
}

static void test_revive_parse(void **state)
{
	static const char text[] =
		"{\"Id\":\"" REVIVE_HEX "1\",\"State\":{\"Running\":%s,\"Restarting\":%s,\"Pid\":%s},"
		"\"HostConfig\":{\"RestartPolicy\":{\"Name\":\"%s\"}}}";
	static const struct {
		const char *running, *restarting, *pid, *policy;
		int want;
		bool again;
	} cases[] = { { "true", "false", "77", "always", 77, true }, { "true", "false", "77", "on-failure", 77, true },
		      { "true", "false", "77", "no", 77, false },    { "true", "false", "77", "", 77, false },
		      { "true", "true", "77", "always", 0, true },   { "false", "false", "77", "always", 0, true } };
	struct revive_container c;
	char line[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), text, cases[i].running, cases[i].restarting, cases[i].pid,
			 cases[i].policy);
		assert_true(revive_parse(line, &c));
		assert_string_equal(c.id, REVIVE_HEX "1");
		assert_int_equal(c.pid, cases[i].want);
		assert_int_equal(c.again, cases[i].again);
	}
	assert_false(revive_parse("", &c));
	assert_false(revive_parse("{}", &c));
	assert_false(revive_parse("{\"Id\":\"" REVIVE_HEX "1\"}", &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disk_iso),	  cmocka_unit_test(test_disk_root),
		cmocka_unit_test(test_disk_data),	  cmocka_unit_test(test_disk_blank),
		cmocka_unit_test(test_disk_format_me),	  cmocka_unit_test(test_data_tar),
		cmocka_unit_test(test_net_static),	  cmocka_unit_test(test_net_dhcp),
		cmocka_unit_test(test_net_refuses),	  cmocka_unit_test(test_firewall),
		cmocka_unit_test(test_net_further),	  cmocka_unit_test(test_net_further_refuses),
		cmocka_unit_test(test_firewall_further),  cmocka_unit_test(test_module_for),
		cmocka_unit_test(test_identity_names),	  cmocka_unit_test(test_identity_mounts),
		cmocka_unit_test(test_identity_channel),  cmocka_unit_test(test_profile),
		cmocka_unit_test(test_profile_words),	  cmocka_unit_test(test_profile_many),
		cmocka_unit_test(test_profile_args),	  cmocka_unit_test(test_engine_config),
		cmocka_unit_test(test_engine_reloadable), cmocka_unit_test(test_account),
		cmocka_unit_test(test_modules),		  cmocka_unit_test(test_output),
		cmocka_unit_test(test_back_off),	  cmocka_unit_test(test_revive_ids),
		cmocka_unit_test(test_revive_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
