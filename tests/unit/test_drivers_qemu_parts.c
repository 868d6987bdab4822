/* SPDX-License-Identifier: Apache-2.0 */
/* The qemu driver's parts that need no QEMU: texts, lines, ports, addresses, the lock file, disks. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/proc.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/ports.h"
#include "drivers/link/chan.h"
#include "drivers/link/text.h"
#include "drivers/net/loopback.h"
#include "drivers/qemu/complaint.h"
#include "drivers/qemu/config.h"
#include "drivers/qemu/disk.h"
#include "drivers/qemu/kvm_probe.h"
#include "drivers/vm/tsc.h"

static char *dir;

static int setup(void **state)
{
	(void)state;
	dir = xstrdup("/tmp/machine-test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	IGNORE(fs_remove_tree(dir));
	mem_freep(&dir);
	return 0;
}

static void test_clean(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "\x1b[31mred\x1b[0m", "red" },
		{ "a\x1b]b", "ab" },
		{ "a\tb\nc\r", "a b c" },
		{ "\x1b", "" },
		{ "\x1b[", "" },
		{ "x\xc2\x9b"
		  "31m\xc3\xa4",
		  "x31m\xc3\xa4" },
		{ "\x07\x7f\x01ok", "ok" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_str s = STR_INIT;

		text_clean(&s, cases[i].in, strlen(cases[i].in), 100, false);
		assert_string_equal(s.buf, cases[i].out);
	}
	auto_str s = STR_INIT;
	text_clean(&s, "0123456789", 10, 4, false);
	assert_string_equal(s.buf, "0123");
}

static void test_tail(void **state)
{
	auto_free char *t = text_tail("one\r\n\r\ntwo\x1b[0m\nthree", 20, 2);
	auto_free char *complaint = complaint_text(
		"qemu-system-x86_64: warning: x\nqemu-system-x86_64: -accel kvm: Could not access KVM kernel module: "
		"Permission denied\nqemu-system-x86_64: failed to initialize kvm\n",
		150);

	(void)state;
	assert_string_equal(t, "    two\n    three");
	assert_non_null(strstr(complaint, "-accel kvm: Could not access KVM kernel module: Permission denied; failed"));
	assert_null(strstr(complaint, "warning"));
	assert_non_null(strstr(complaint_cure(complaint), "usermod"));
	assert_null(complaint_cure("something else"));
}

static void test_chan(void **state)
{
	struct chan c;
	int ends[2];
	size_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	chan_open(&c, ends[0], 10);
	assert_null(chan_line(&c, &n));
	assert_true(chan_read(&c));
	assert_int_equal(write(ends[1], "one\r\ntw", 7), 7);
	assert_true(chan_read(&c));
	assert_string_equal(chan_line(&c, &n), "one");
	assert_int_equal(n, 3);
	assert_null(chan_line(&c, &n));
	/* A line that is too long, in one piece and in many, harms only itself. */
	assert_int_equal(write(ends[1], "o\n0123456789A\nok\n", 17), 17);
	assert_true(chan_read(&c));
	assert_string_equal(chan_line(&c, &n), "two");
	assert_string_equal(chan_line(&c, &n), "ok");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(write(ends[1], "01234567", 8), 8);
		assert_true(chan_read(&c));
		assert_null(chan_line(&c, &n));
	}
	assert_int_equal(write(ends[1], "x\n\nlast", 7), 7);
	assert_true(chan_read(&c));
	assert_string_equal(chan_line(&c, &n), "");
	assert_int_equal(n, 0);
	assert_null(chan_line(&c, &n));
	assert_true(chan_send(&c, "answer"));
	char buf[16] = "";
	assert_int_equal(read(ends[1], buf, sizeof(buf)), 7);
	assert_string_equal(buf, "answer\n");
	close(ends[1]);
	assert_false(chan_read(&c));
	assert_false(chan_send(&c, "nobody"));
	chan_close(&c);
	chan_close(&c);
}

/* A peer that does not read must not make us grow without end. */
static void test_chan_deaf(void **state)
{
	auto_free char *line = xcalloc(1, 100001);
	struct chan c;
	int ends[2], sent = 0;

	(void)state;
	memset(line, 'x', 100000);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	chan_open(&c, ends[0], 10);
	while (sent < 100 && chan_send(&c, line))
		sent++;
	assert_in_range(sent, 9, 30);
	assert_true(chan_events(&c) & 4);
	chan_close(&c);
	close(ends[1]);
}

static void want(struct ports *p, const char *text)
{
	auto_json *list = NULL;

	assert_null(json_parse(text, strlen(text), "x", &list));
	ports_want(p, list);
}

/* Do all that is to be done; what was done as text: "+tcp/80 -udp/53 ". */
static char *work(struct ports *p)
{
	auto_str s = STR_INIT;
	struct port *port;

	while ((port = ports_next(p))) {
		str_addf(&s, "%c%s/%d ", port->wanted ? '+' : '-', port->proto, port->number);
		port->state = port->wanted ? PORT_ACTIVE : PORT_IDLE;
	}
	ports_sweep(p);
	return str_detach(&s);
}

#define ON(proto, port) "{\"proto\":\"" proto "\",\"address\":\"0.0.0.0\",\"port\":" port "}"

static void test_ports(void **state)
{
	static const struct {
		const char *list, *work;
	} steps[] = {
		{ "[]", "" },
		{ "[" ON("tcp", "8080") "]", "+tcp/8080 " },
		{ "[" ON("tcp", "8080") "]", "" },
		{ "[" ON("udp", "53") "," ON("tcp", "8080") "," ON("tcp", "8080") "]", "+udp/53 " },
		{ "[" ON("tcp", "9000") "]", "-tcp/8080 +tcp/9000 -udp/53 " },
		{ "{}", "-tcp/9000 " },
		{ "[1,\"x\",{}," ON("sctp", "1") "," ON("tcp", "0") "," ON("tcp", "65536") "," ON("tcp", "\"1\"") "]",
		  "" },
		{ "null", "" },
	};
	struct ports p = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		want(&p, steps[i].list);
		auto_free char *done = work(&p);
		assert_string_equal(done, steps[i].work);
	}
	assert_int_equal(p.n, 0);
	ports_release(&p);
}

static void test_ports_stuck(void **state)
{
	struct ports p = { 0 };
	struct port *port;

	(void)state;
	want(&p, "[{\"proto\":\"tcp\",\"address\":\"127.0.0.1\",\"port\":5000}]");
	assert_null(ports_next(&p));
	port = ports_find(&p, "tcp", 5000);
	assert_int_equal(port->state, PORT_STUCK);
	assert_non_null(strstr(port->problem, "127.0.0.1"));
	assert_false(ports_has_ill(&p));
	/* On both: the one that can be reached counts, in either order. */
	want(&p, "[{\"proto\":\"tcp\",\"address\":\"127.0.0.1\",\"port\":5000}," ON("tcp", "5000") "]");
	port = ports_next(&p);
	assert_non_null(port);
	assert_null(port->problem);
	ports_stuck(port, true, "taken");
	assert_true(ports_has_ill(&p));
	assert_null(ports_next(&p));
	want(&p, "[" ON("tcp", "5000") "]");
	assert_null(ports_next(&p));
	assert_true(ports_retry(&p));
	assert_non_null(ports_next(&p));
	ports_stuck(ports_next(&p), true, "taken");
	want(&p, "[]");
	assert_int_equal(p.n, 0);
	ports_release(&p);
}

/* A change of mind while QEMU works on it: nothing is lost and nothing is done twice. */
static void test_ports_async(void **state)
{
	struct ports p = { 0 };
	struct port *port;

	(void)state;
	want(&p, "[" ON("tcp", "80") "]");
	ports_next(&p)->state = PORT_ADDING;
	want(&p, "[]");
	assert_null(ports_next(&p));
	port = ports_find(&p, "tcp", 80);
	assert_non_null(port);
	port->state = PORT_ACTIVE;
	assert_ptr_equal(ports_next(&p), port);
	port->state = PORT_REMOVING;
	want(&p, "[" ON("tcp", "80") "]");
	assert_null(ports_next(&p));
	port->state = PORT_IDLE;
	assert_ptr_equal(ports_next(&p), port);
	ports_release(&p);
}

static void test_ports_many(void **state)
{
	auto_str s = STR_INIT;
	struct ports p = { 0 };

	(void)state;
	str_add(&s, "[");
	for (int i = 1; i <= 5000; i++)
		str_addf(&s, "%s{\"proto\":\"tcp\",\"port\":%d}", i > 1 ? "," : "", i);
	str_add(&s, "]");
	want(&p, s.buf);
	assert_int_equal(p.n, PORTS_MAX);
	ports_release(&p);
}

static void test_candidates(void **state)
{
	auto_list seen = { 0 };

	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		auto_free char *a = loopback_candidate(loopback_hash("/s", "dev"), n);
		unsigned b, c, d;

		assert_int_equal(sscanf(a, "127.%u.%u.%u", &b, &c, &d), 3);
		assert_in_range(b, 64, 127);
		assert_in_range(c, 0, 255);
		assert_in_range(d, 1, 254);
		list_add(&seen, a);
	}
	list_sort(&seen);
	for (size_t i = 1; i < seen.n; i++)
		assert_string_not_equal(seen.items[i - 1], seen.items[i]);
	assert_true(loopback_hash("a", "bc") != loopback_hash("ab", "c"));
}

static int listen_on(const char *address, int port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &sa.sin_addr);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 1) < 0)
		fail_msg("cannot listen on %s:%d", address, port);
	return fd;
}

static void test_reserve(void **state)
{
	auto_free char *states = fs_join(dir, ".state"), *one = fs_join(dir, "one"), *two = fs_join(dir, "two");
	auto_free char *a = NULL, *again = NULL, *b = NULL, *c = NULL;

	(void)state;
	assert_null(fs_mkdirs(one, 0700));
	assert_null(fs_mkdirs(two, 0700));
	assert_null(loopback_reserve(states, one, dir, "same", true, &a));
	assert_null(loopback_reserve(states, one, dir, "same", true, &again));
	assert_string_equal(a, again);
	/* Another machine with the same wish gets another address. */
	assert_null(loopback_reserve(states, two, dir, "same", true, &b));
	assert_string_not_equal(a, b);
	/* Only its owner frees it. */
	assert_null(loopback_release(states, two, a));
	assert_null(loopback_release(states, one, a));
	assert_null(loopback_release(states, one, a));
	assert_null(loopback_release(states, one, "../../etc/passwd"));
	/* Free again, but somebody listens there: not taken. */
	int fd = listen_on(a, 2376);
	assert_null(loopback_reserve(states, one, dir, "same", true, &c));
	assert_string_not_equal(a, c);
	close(fd);
}

/* A reservation of a folder that is gone is nobody's, once it is old. */
static void test_reserve_stale(void **state)
{
	auto_free char *states = fs_join(dir, ".state"), *gone = fs_join(dir, "gone"), *here = fs_join(dir, "here");
	auto_free char *a = NULL, *b = NULL, *c = NULL;
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	(void)state;
	assert_null(fs_mkdirs(here, 0700));
	assert_null(loopback_reserve(states, gone, dir, "same", true, &a));
	assert_null(loopback_reserve(states, here, dir, "same", true, &b));
	assert_string_not_equal(a, b);
	assert_null(loopback_release(states, here, b));
	auto_free char *file = xasprintf("%s/addresses/%s", states, a);
	assert_int_equal(utimensat(AT_FDCWD, file, old, 0), 0);
	assert_null(loopback_reserve(states, here, dir, "same", true, &c));
	assert_string_equal(a, c);
}

static void test_bind(void **state)
{
	int fd = listen_on("127.99.1.1", 45871);

	(void)state;
	assert_int_equal(loopback_bind_test("tcp", "127.99.1.1", 45871, true), LOOPBACK_TAKEN);
	assert_int_equal(loopback_bind_test("udp", "127.99.1.1", 45871, true), LOOPBACK_FREE);
	assert_int_equal(loopback_bind_test("tcp", "127.99.1.2", 45871, true), LOOPBACK_FREE);
	assert_int_equal(loopback_bind_test("tcp", "192.0.2.1", 45871, true), LOOPBACK_IMPOSSIBLE);
	close(fd);
	assert_int_equal(loopback_bind_test("tcp", "127.99.1.1", 45871, true), LOOPBACK_FREE);
}

static void test_loopback(void **state)
{
	(void)state;
	assert_true(loopback_is("127.70.3.9"));
	assert_false(loopback_is("128.0.0.1"));
	assert_false(loopback_is("127.1"));
	assert_false(loopback_is("127.0.0.1 "));
	assert_false(loopback_is("::1"));
	assert_false(loopback_is(""));
}

static void test_lockfile(void **state)
{
	auto_free char *path = fs_join(dir, "lock");
	struct lockfile l;
	int fd;

	(void)state;
	assert_false(lockfile_read(path).held);
	assert_null(fs_lock(path, 0, &fd));
	assert_true(lockfile_read(path).held);
	assert_int_equal(lockfile_read(path).pid, 0);
	lockfile_write(fd, "starting");
	lockfile_write(fd, "running");
	l = lockfile_read(path);
	assert_int_equal(l.pid, getpid());
	assert_true(l.start_ticks > 0);
	assert_string_equal(l.phase, "running");
	/* A file that names us with another start names a stranger, who is left alone. */
	auto_free char *stranger = xasprintf("%d %lld %s", getpid(), (long long)l.start_ticks + 1, "running");
	assert_int_equal(pwrite(fd, stranger, strlen(stranger), 0), strlen(stranger));
	struct err *e = lockfile_kill_owner(path, 50);
	assert_int_equal(e->code, ERR_WRONG_STATE);
	err_free(e);
	close(fd);
	assert_null(lockfile_kill_owner(path, 50));
	assert_false(lockfile_read(path).held);
}

/* A process that writes itself into the file, as this user. */
static pid_t lockfile_writer(int fd, uid_t user)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (!pid) {
		if (setresuid(user, user, user) < 0)
			_exit(1);
		lockfile_write(fd, "running");
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_lockfile_of_another(void **state)
{
	auto_free char *path = fs_join(dir, "lock");
	int fd;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can be aimed at another's process\n");
		skip();
	}
	assert_null(fs_lock(path, 0, &fd));
	assert_int_equal(chown(path, 65534, 65534), 0);
	/* The file's owner names a process of root's, which holds no lock. */
	pid_t pid = lockfile_writer(fd, 0);
	struct err *e = lockfile_kill_owner(path, 50);
	assert_int_equal(e->code, ERR_WRONG_STATE);
	err_free(e);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* One of his own is ended. */
	pid = lockfile_writer(fd, 65534);
	IGNORE(lockfile_kill_owner(path, 50));
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	close(fd);
}

static void make_qcow2(const char *path, uint64_t size)
{
	unsigned char head[512] = "QFI\xfb";

	for (int i = 0; i < 8; i++)
		head[24 + i] = (unsigned char)(size >> (56 - 8 * i));
	assert_null(fs_write(path, head, sizeof(head), 0600));
}

static struct list calls;
static struct err *fake_qemu_img(struct proc *p, void *data)
{
	auto_str line = STR_INIT;

	(void)data;
	for (const char *const *a = p->argv; *a; a++)
		str_addf(&line, "%s%s", line.len ? " " : "", *a);
	list_add(&calls, line.buf);
	if (str_eq(p->argv[1], "create"))
		return fs_write(p->argv[5], "x", 1, 0644);
	return NULL;
}

static void test_disk(void **state)
{
	const uint64_t gib = (uint64_t)1 << 30;
	static const struct {
		int64_t mib;
		const char *verb; /* NULL: qemu-img is not needed */
	} cases[] = { { 20000, NULL }, { 20480, NULL }, { 40960, "resize" }, { 2048, "create" } };
	auto_free char *image = fs_join(dir, "data.qcow2"), *disk = fs_join(dir, "disk.qcow2");

	(void)state;
	make_qcow2(image, 20 * gib);
	proc_set_fake(fake_qemu_img, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stat st;

		list_release(&calls);
		assert_null(qemu_disk_create(image, disk, cases[i].mib));
		assert_int_equal(calls.n, cases[i].verb ? 1 : 0);
		if (cases[i].verb) {
			auto_free char *want_line = xasprintf("qemu-img %s -q -f qcow2 %s %lldM", cases[i].verb, disk,
							      (long long)cases[i].mib);
			assert_string_equal(calls.items[0], want_line);
		}
		assert_int_equal(stat(disk, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	list_release(&calls);
	proc_set_fake(NULL, NULL);
	assert_null(fs_write(image, "no disk", 7, 0600));
	struct err *e = qemu_disk_create(image, disk, 20000);
	assert_non_null(e);
	err_free(e);
}

static int reports, probes;
static char last_report[300];

static void take_report(void *data, const char *text)
{
	(void)data;
	reports++;
	snprintf(last_report, sizeof(last_report), "%s", text);
}

static struct err *fake_probe(struct proc *p, void *data)
{
	probes++;
	assert_true(p->timeout_ms <= 4000);
	if (!data)
		return err_new(ERR_TIMEOUT, "timed out");
	str_add(&p->out, data);
	return NULL;
}

static bool choose(enum vm_accel wish)
{
	auto_free char *states = fs_join(dir, ".state"), *file = fs_join(dir, "vmlinux");
	const struct driver_env e = { "dev", dir, dir, states, take_report, take_report, NULL };
	const struct driver_image image = { .vmlinux = file, .initrd = file, .cmdline = "console=ttyS0" };
	bool kvm = false;

	assert_null(kvm_choose(&e, wish, "/bin/true", &image, &kvm));
	return kvm;
}

static void test_probe(void **state)
{
	auto_free char *file = fs_join(dir, "vmlinux");
	static char fine[] = "x\r\nmachine: probe ok\r\n", not_fine[] = "panic\n";

	(void)state;
	reports = probes = 0;
	assert_null(fs_write(file, "1", 1, 0600));
	kvm_set_device("/dev/null");
	proc_set_fake(fake_probe, NULL);
	assert_false(choose(VM_ACCEL_TCG));
	assert_int_equal(reports, 0);
	assert_true(choose(VM_ACCEL_KVM));
	assert_int_equal(probes, 0);
	assert_false(choose(VM_ACCEL_AUTO));
	assert_non_null(strstr(last_report, "a guest hangs under it"));
	assert_false(choose(VM_ACCEL_AUTO));
	assert_int_equal(probes, 1);
	assert_int_equal(reports, 2);
	/* Another kernel: another question. */
	assert_null(fs_write(file, "12", 2, 0600));
	proc_set_fake(fake_probe, not_fine);
	assert_false(choose(VM_ACCEL_AUTO));
	assert_int_equal(probes, 2);
	assert_null(fs_write(file, "123", 3, 0600));
	proc_set_fake(fake_probe, fine);
	assert_true(choose(VM_ACCEL_AUTO));
	assert_true(choose(VM_ACCEL_AUTO));
	assert_int_equal(probes, 3);
	/* Without a device nothing is probed. */
	kvm_set_device("/dev/machine-no-such-device");
	assert_false(choose(VM_ACCEL_AUTO));
	assert_non_null(strstr(last_report, "has no /dev/machine-no-such-device"));
	assert_int_equal(probes, 3);
	kvm_set_device(NULL);
	proc_set_fake(NULL, NULL);
}

static void test_tsc(void **state)
{
	int64_t a = tsc_khz(), b = tsc_khz();

	(void)state;
	if (!a)
		skip();
	assert_true(llabs(a - b) * 100 < a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_chan),
		cmocka_unit_test(test_chan_deaf),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_ports_stuck),
		cmocka_unit_test(test_ports_async),
		cmocka_unit_test(test_ports_many),
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_tsc),
		cmocka_unit_test_setup_teardown(test_reserve, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reserve_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lockfile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lockfile_of_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probe, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
