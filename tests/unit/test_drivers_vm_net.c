/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's user networking and this host's resolver as a guest sees them; what a store that was moved still owns. */
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/helper.h"
#include "drivers/net/loopback.h"
#include "drivers/net/user_net.h"
#include "drivers/vm/record.h"

static char *work;

static int setup(void **state)
{
	(void)state;
	work = xstrdup("/tmp/machine-test.XXXXXX");
	return mkdtemp(work) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	IGNORE(fs_remove_tree(work));
	mem_freep(&work);
	return 0;
}

static void test_parse(void **state)
{
	static const char *const bad[] = {
		"10.0.2.0",    "x",	      "10.0.2.0/", "10.0.2.0/33",  "10.0.2.0/7",
		"10.0.2.0/28", "127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/24", "10.0.2.0/24,host=1.2.3.4",
		"10.0.2/24"
	};
	struct user_net u;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_err *e = user_net_parse(bad[i], &u);
		assert_non_null(e);
		assert_int_equal(e->code, ERR_USAGE);
		assert_non_null(strstr(e->msg, bad[i]));
	}
	assert_null(user_net_parse("", &u));
	assert_string_equal(u.net, "10.0.2.0/24");
	assert_string_equal(u.address, "10.0.2.15");
	assert_null(user_net_parse("192.168.77.9/27", &u));
	assert_string_equal(u.net, "192.168.77.0/27");
	assert_string_equal(u.gateway, "192.168.77.2");
	assert_string_equal(u.dns, "192.168.77.3");
	assert_string_equal(u.address, "192.168.77.15");
	assert_int_equal(u.prefix, 27);
}

static void test_option(void **state)
{
	const struct user_net u = user_net_of("10.160.47.0/24");
	auto_str s = STR_INIT;

	(void)state;
	user_net_option(&s, "n", true, &u);
	user_net_forward(&s, "udp", "127.1.2.3", 53, &u, 5353);
	assert_string_equal(
		s.buf, "user,id=n,ipv6=off,net=10.160.47.0/24,host=10.160.47.2,dns=10.160.47.3,dhcpstart=10.160.47.15,"
		       "restrict=on,hostfwd=udp:127.1.2.3:53-10.160.47.15:5353");
}

static void test_resolver(void **state)
{
	auto_resolver r = { { 0 } };

	(void)state;
	resolver_parse("# no\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\n nameserver\t192.0.2.2 # x\nnameserver "
		       "127.0.0.53\n"
		       "nameserver 192.0.2.4\ndomain gone.test\nsearch a.test  b.test $(evil) -x \"q\" "
		       "c_d.test\r\nsearch\noptions ndots:5\n"
		       "search corp.test lab.corp.test",
		       &r);
	auto_free char *servers = list_join(&r.servers, " "), *search = list_join(&r.search, " ");
	assert_string_equal(servers, "192.0.2.1 192.0.2.2 127.0.0.53");
	assert_string_equal(search, "corp.test lab.corp.test");
	resolver_release(&r);
	resolver_parse("search a.test  b.test $(evil) -x \"q\" c_d.test\r\n", &r);
	auto_free char *clean = list_join(&r.search, " ");
	assert_string_equal(clean, "a.test b.test c_d.test");
}

static void test_seed(void **state)
{
	const struct user_net u = user_net_of("10.160.47.0/24");
	auto_json *network = json_object(), *bare = json_object();
	auto_resolver r = { { 0 } };

	(void)state;
	resolver_parse("nameserver 192.0.2.1\nnameserver 127.0.0.53\nnameserver 192.0.2.3\nsearch corp.test\n", &r);
	user_net_seed(network, "52:54:00:12:34:56", true, &u, &r);
	auto_free char *text = json_print(network, 0);
	assert_string_equal(
		text, "{\"mode\":\"static\",\"mac\":\"52:54:00:12:34:56\",\"address\":\"10.160.47.15/24\","
		      "\"gateway\":\"10.160.47.2\",\"dns\":[\"10.160.47.3\",\"192.0.2.3\"],\"search\":[\"corp.test\"],"
		      "\"closed\":[\"10.160.47.0/24\"]}");
	user_net_seed(bare, "52:54:00:12:34:56", false, &u, NULL);
	assert_null(json_get_or_null(bare, "search"));
	/* And found again in a volume that holds it. */
	auto_free char *path = fs_join(work, "seed"), *other = fs_join(work, "none");
	auto_free char *volume = xasprintf("CD001%s\n  \"mac\": \"52:54:00:12:34:56\",\n", text);
	size_t len = strlen(volume);
	volume[2] = '\0';
	assert_null(fs_write(path, volume, len, 0600));
	auto_free char *mac = vm_seed_mac(path);
	assert_string_equal(mac ? mac : "", "52:54:00:12:34:56");
	assert_null(vm_seed_mac(other));
	assert_null(fs_write(path, "\"mac\": \"52:54", 13, 0600));
	assert_null(vm_seed_mac(path));
}

static char *machine_in(const char *store, const char *name)
{
	char *dir = xasprintf("%s/%s/machines/%s", work, store, name);

	assert_null(fs_mkdirs(dir, 0700));
	return dir;
}

static char *reserved(const char *store, const char *name)
{
	auto_free char *state = xasprintf("%s/%s/.state", work, store), *dir = machine_in(store, name);
	auto_free char *path = xasprintf("%s/%s", work, store);
	char *address = NULL;

	assert_null(fs_mkdirs(state, 0700));
	assert_null(loopback_reserve(state, dir, path, name, false, &address));
	return address;
}

static size_t reservations(const char *store)
{
	auto_free char *folder = xasprintf("%s/%s/.state/addresses", work, store);
	auto_list names = { 0 };

	assert_null(fs_list(folder, &names));
	return names.n;
}

/* The store under another name, then moved: the machine's address is its own, and is freed with it. */
static void test_reserve_moved(void **state)
{
	auto_free char *store = fs_join(work, "store"), *link = fs_join(work, "link"), *moved = fs_join(work, "moved");
	auto_free char *first = reserved("store", "dev"), *other = reserved("store", "other");

	(void)state;
	assert_string_not_equal(first, other);
	assert_int_equal(symlink(store, link), 0);
	auto_free char *linked = reserved("link", "dev");
	assert_string_equal(linked, first);
	assert_int_equal(rename(store, moved), 0);
	/* Long ago: what is gone counts no more. */
	auto_free char *file = xasprintf("%s/.state/addresses/%s", moved, first);
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	assert_int_equal(utimensat(AT_FDCWD, file, old, 0), 0);
	auto_free char *again = reserved("moved", "dev");
	assert_string_equal(again, first);
	assert_int_equal(reservations("moved"), 2);
	auto_free char *state_dir = xasprintf("%s/.state", moved), *dir = machine_in("moved", "dev");
	assert_null(loopback_release(state_dir, dir, first));
	assert_int_equal(reservations("moved"), 1);
}

/* A folder may have a group that its owner is no member of; and no dumps, whatever fs.suid_dumpable says. */
static void test_become_owner(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	int status = -1;

	(void)state;
	if (geteuid() != 0 || !nobody)
		skip();
	assert_int_equal(chown(work, nobody->pw_uid, 1), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		auto_err *e = helper_become_owner(work);

		_exit(e || getuid() != nobody->pw_uid || getgid() != nobody->pw_gid || prctl(PR_GET_DUMPABLE) != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(test_parse), T(test_option),	  T(test_resolver),
					    T(test_seed),  T(test_reserve_moved), T(test_become_owner) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
