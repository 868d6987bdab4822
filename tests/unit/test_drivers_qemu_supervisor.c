/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor as a process, with a QEMU that is played by this program. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/opt_parse.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/net/loopback.h"
#include "drivers/qemu/order.h"
#include "drivers/qemu/qemu.h"
#include "drivers/qemu/record.h"
#include "tests/unit/fake_qemu.h"

static char *store, *self_path;

/* One machine, as core holds it. */
struct vm {
	char *dir, *state_dir, *lock, *file;
	char name[16];
	struct driver_env env;
	struct driver_image image;
	void *self;
};

static void quiet(void *data, const char *text)
{
	(void)data, (void)text;
}

static char *in(const struct vm *v, const char *name)
{
	return fs_join(v->dir, name);
}

static void vm_make_disk(const struct vm *v)
{
	auto_free char *disk = in(v, "disk.qcow2");

	assert_null(fs_write(disk, "QFI\xfb", 4, 0600));
}

static void vm_open(struct vm *v, const char *name, const char *extra)
{
	const struct opt *tables[] = { driver_qemu.opts, NULL };
	auto_list argv = { 0 };
	auto_opts o = { 0 };

	memset(v, 0, sizeof(*v));
	snprintf(v->name, sizeof(v->name), "%s", name);
	v->dir = xasprintf("%s/machines/%s", store, name);
	v->state_dir = fs_join(store, ".state");
	v->lock = in(v, "supervisor.lock");
	v->file = in(v, "image");
	v->env = (struct driver_env){ v->name, store, v->dir, v->state_dir, quiet, quiet, NULL };
	v->image = (struct driver_image){ .vmlinux = v->file, .initrd = v->file, .root = v->file, .cmdline = "quiet" };
	assert_null(fs_mkdirs(v->dir, 0700));
	vm_make_disk(v);
	list_split(&argv, "--qemu-accelerator tcg --qemu-binary", ' ', true);
	list_add(&argv, self_path);
	list_split(&argv, extra, ' ', true);
	assert_null(opts_parse(&o, tables, (int)argv.n, argv.items, false));
	assert_null(driver_qemu.from_opts(&v->env, &o, &v->self));
	assert_null(driver_qemu.plan(v->self));
}

static char *vm_address(struct vm *v)
{
	auto_endpoint e = { 0 };

	assert_null(driver_qemu.endpoint(v->self, &e));
	return xstrdup(e.address);
}

static enum machine_state vm_state(struct vm *v)
{
	enum machine_state s = STATE_ERROR;

	assert_null(driver_qemu.state(v->self, &s));
	return s;
}

/* Nothing that runs or listens is left, and no sanitizer complained in the supervisor. */
static void vm_check_gone(struct vm *v)
{
	auto_free char *address = vm_address(v), *socket = in(v, "control.sock"), *log = in(v, "supervisor.log");
	auto_free char *text = NULL;

	assert_int_equal(vm_state(v), STATE_STOPPED);
	assert_false(fs_exists(socket));
	assert_int_equal(loopback_bind_test("tcp", address, 8080, true), LOOPBACK_FREE);
	IGNORE(fs_read(log, 1 << 20, &text, NULL));
	if (text && (strstr(text, "Sanitizer") || strstr(text, "runtime error")))
		fail_msg("%s", text);
}

static void vm_close(struct vm *v)
{
	assert_null(driver_qemu.remove(v->self));
	vm_check_gone(v);
	driver_qemu.close(v->self);
	free(v->dir);
	free(v->state_dir);
	free(v->lock);
	free(v->file);
}

/* start returns with QEMU's greeting; the guest's agent says hello later. */
static struct err *vm_agent(struct vm *v, const char *word, const char *text)
{
	auto_json *request = json_object(), *answer = NULL;
	struct deadline d = deadline_in(5000);

	json_set_str(request, "do", word);
	json_set_str(request, "text", text);
	for (;;) {
		struct err *e = client_ask_agent(v->dir, request, 5000, &answer);

		if (!e || !strstr(e->msg, "does not listen yet") || deadline_passed(d))
			return e;
		err_free(e);
		assert_null(clock_pause(5));
	}
}

static void vm_say(struct vm *v, const char *text)
{
	assert_null(vm_agent(v, "say", text));
}

struct events {
	struct str text;
};

static void take_event(void *data, const struct driver_boot_event *e)
{
	struct events *ev = data;

	str_addf(&ev->text, "%s%s ", e->warning ? "!" : "", e->warning ? e->warning : e->stage);
}

static struct err *vm_wait(struct vm *v, int ms, struct events *ev)
{
	return driver_qemu.wait_ready(v->self, deadline_in(ms), take_event, ev);
}

static struct err *vm_start(struct vm *v)
{
	return driver_qemu.start(v->self, &v->image);
}

static int setup(void **state)
{
	(void)state;
	unsetenv("FAKE_QEMU");
	store = xstrdup("/tmp/machine-test.XXXXXX");
	return mkdtemp(store) ? 0 : -1;
}

/* Also after a test that failed in its middle, no process stays. */
static int teardown(void **state)
{
	auto_free char *machines = fs_join(store, "machines");
	auto_list names = { 0 };

	(void)state;
	IGNORE(fs_list(machines, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *lock = xasprintf("%s/%s/supervisor.lock", machines, names.items[i]);
		IGNORE(lockfile_kill_owner(lock, 5000));
	}
	IGNORE(fs_remove_tree(store));
	mem_freep(&store);
	return 0;
}

static void test_life(void **state)
{
	struct events ev = { STR_INIT };
	struct vm v;

	(void)state;
	vm_open(&v, "life", "");
	assert_int_equal(vm_state(&v), STATE_STOPPED);
	assert_null(vm_start(&v));
	assert_int_equal(vm_state(&v), STATE_STARTING);
	/* Whoever started it was killed: who comes next waits for the same boot. */
	pid_t pid = lockfile_read(v.lock).pid;
	assert_null(vm_start(&v));
	assert_true(driver_qemu.was_woken(v.self));
	assert_int_equal(lockfile_read(v.lock).pid, pid);
	vm_say(&v, "{\"event\":\"warning\",\"message\":\"a\\u001b[31mb\"}");
	vm_say(&v, "{\"event\":\"ready\",\"ms\":7210}");
	assert_null(vm_wait(&v, 5000, &ev));
	assert_string_equal(ev.text.buf, "kernel engine !ab ready ");
	assert_int_equal(vm_state(&v), STATE_RUNNING);
	assert_null(vm_start(&v));
	assert_int_equal(lockfile_read(v.lock).pid, pid);
	assert_null(driver_qemu.stop(v.self, 10000));
	vm_check_gone(&v);
	auto_free char *note = in(&v, "last-exit.json");
	auto_json *tree = NULL;
	assert_null(json_read_file(note, &tree));
	assert_true(json_bool_or(tree, "clean", false));
	assert_string_equal(json_str_or(tree, "reason", ""), "the guest powered off");
	assert_null(driver_qemu.stop(v.self, 10000));
	assert_null(driver_qemu.kill(v.self));
	/* And once more: what is left in the folder is no obstacle. */
	assert_null(vm_start(&v));
	assert_null(driver_qemu.kill(v.self));
	vm_check_gone(&v);
	str_release(&ev.text);
	vm_close(&v);
}

static void test_dies_at_once(void **state)
{
	struct vm v;

	(void)state;
	setenv("FAKE_QEMU", "die", 1);
	vm_open(&v, "die", "");
	struct err *e = vm_start(&v);
	assert_non_null(strstr(e->msg, "Could not access KVM kernel module: Permission denied"));
	assert_non_null(strstr(err_hint_of(e), "usermod"));
	err_free(e);
	vm_check_gone(&v);
	vm_close(&v);
}

static struct qemu_order order_of(struct vm *v)
{
	auto_json *record = json_object();
	struct qemu_order o = { .name = xstrdup(v->name),
				.dir = xstrdup(v->dir),
				.store = xstrdup(store),
				.binary = xstrdup(self_path),
				.cpus = 1,
				.vmlinux = xstrdup("/v"),
				.initrd = xstrdup("/i"),
				.root = xstrdup("/r"),
				.cmdline = xstrdup(""),
				.disk = xstrdup("/d") };

	assert_null(driver_qemu.save(v->self, record));
	assert_null(qemu_config_from_record(record, &o.config));
	return o;
}

/* QEMU says nothing: whoever started it gives up, and nothing stays behind. */
static void test_mute(void **state)
{
	struct vm v;

	(void)state;
	setenv("FAKE_QEMU", "mute", 1);
	vm_open(&v, "mute", "");
	auto_order o = order_of(&v);
	struct err *e = qemu_order_run(&o, NULL, 700);
	assert_int_equal(e->code, ERR_TIMEOUT);
	err_free(e);
	assert_null(lockfile_wait_free(v.lock, 5000));
	assert_null(driver_qemu.kill(v.self));
	vm_close(&v);
}

static void test_supervisor_killed(void **state)
{
	struct vm v;

	(void)state;
	vm_open(&v, "nine", "");
	assert_null(vm_start(&v));
	assert_int_equal(kill(lockfile_read(v.lock).pid, SIGKILL), 0);
	/* QEMU holds the lock too: free means that it is gone as well. */
	assert_null(lockfile_wait_free(v.lock, 5000));
	assert_int_equal(vm_state(&v), STATE_STOPPED);
	struct events ev = { STR_INIT };
	struct err *e = vm_wait(&v, 1000, &ev);
	assert_int_equal(e->code, ERR_WRONG_STATE);
	err_free(e);
	assert_null(vm_start(&v));
	assert_int_equal(vm_state(&v), STATE_STARTING);
	vm_close(&v);
}

static bool vm_becomes(struct vm *v, enum machine_state wanted)
{
	struct deadline d = deadline_in(5000);

	while (vm_state(v) != wanted && !deadline_passed(d))
		IGNORE(clock_pause(5));
	return vm_state(v) == wanted;
}

static void *start_one(void *data)
{
	struct vm *v = data;

	return vm_start(v);
}

/* Whoever started it is killed while QEMU comes up: the next start waits for the end of that one, however long it takes. */
static void test_start_broken_off(void **state)
{
	pthread_t thread;
	struct vm v;
	void *e;

	(void)state;
	setenv("FAKE_QEMU", "mute", 1);
	vm_open(&v, "broken", "");
	pid_t starter = fork();
	if (starter == 0) {
		IGNORE(vm_start(&v));
		_exit(0);
	}
	assert_true(vm_becomes(&v, STATE_STARTING));
	while (!str_eq(lockfile_read(v.lock).phase, "starting") || !lockfile_read(v.lock).pid)
		IGNORE(clock_pause(5));
	pid_t pid = lockfile_read(v.lock).pid;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	kill(starter, SIGKILL);
	waitpid(starter, NULL, 0);
	unsetenv("FAKE_QEMU");
	assert_int_equal(pthread_create(&thread, NULL, start_one, &v), 0);
	assert_null(clock_pause(2500));
	assert_int_equal(kill(pid, SIGCONT), 0);
	pthread_join(thread, &e);
	assert_null(e);
	assert_int_equal(vm_state(&v), STATE_STARTING);
	assert_int_not_equal(lockfile_read(v.lock).pid, pid);
	vm_close(&v);
}

/* A boot that failed is no machine that runs, and start begins another. */
static void test_boot_failed(void **state)
{
	struct vm v;

	(void)state;
	vm_open(&v, "failed", "");
	assert_null(vm_start(&v));
	vm_say(&v, "{\"event\":\"failed\",\"stage\":\"data\",\"message\":\"no room\"}");
	assert_true(vm_becomes(&v, STATE_ERROR));
	pid_t pid = lockfile_read(v.lock).pid;
	assert_null(vm_start(&v));
	assert_false(driver_qemu.was_woken(v.self));
	assert_int_not_equal(lockfile_read(v.lock).pid, pid);
	assert_int_equal(vm_state(&v), STATE_STARTING);
	vm_close(&v);
}

#define IO_ERROR(action, nospace, reason)                                                                              \
	"{\"event\":\"BLOCK_IO_ERROR\",\"data\":{\"operation\":\"write\",\"action\":\"" action                         \
	"\",\"nospace\":" nospace ",\"reason\":\"" reason "\"}}"

static void vm_qmp(struct vm *v, const char *text)
{
	assert_null(vm_agent(v, "qmp", text));
}

static void vm_says_problem(struct vm *v, const char *part)
{
	auto_free char *problem = driver_qemu.problem(v->self);

	if (!part)
		assert_null(problem);
	else
		assert_non_null(strstr(problem ? problem : "", part));
}

/* The host's disk is full: the state and the reason, no wait in stop, kill works, and it goes on by itself. */
static void test_disk_full(void **state)
{
	struct vm v;

	(void)state;
	vm_open(&v, "full", "");
	assert_null(vm_start(&v));
	vm_say(&v, "{\"event\":\"ready\",\"ms\":1}");
	assert_true(vm_becomes(&v, STATE_RUNNING));
	vm_says_problem(&v, NULL);
	vm_qmp(&v, IO_ERROR("stop", "true", "No space left on device") "\n{\"event\":\"STOP\"}");
	assert_true(vm_becomes(&v, STATE_PAUSED));
	vm_says_problem(&v, "disk is full");
	struct err *e = driver_qemu.stop(v.self, 60000);
	assert_non_null(strstr(e->msg, "disk is full"));
	assert_non_null(strstr(err_hint_of(e), "machine kill full"));
	err_free(e);
	e = vm_start(&v);
	assert_int_equal(e->code, ERR_WRONG_STATE);
	assert_non_null(strstr(e->msg, "disk is full"));
	err_free(e);
	/* cont, which fails again at once: still the same. */
	vm_qmp(&v,
	       "{\"event\":\"RESUME\"}\n" IO_ERROR("stop", "true", "No space left on device") "\n{\"event\":\"STOP\"}");
	assert_null(clock_pause(1200));
	assert_int_equal(vm_state(&v), STATE_PAUSED);
	vm_qmp(&v, "{\"event\":\"RESUME\"}");
	assert_true(vm_becomes(&v, STATE_RUNNING));
	vm_says_problem(&v, NULL);
	vm_qmp(&v, IO_ERROR("report", "false", "Read-only\\u001b[2J file system"));
	assert_null(clock_pause(50));
	vm_says_problem(&v, "cannot be written (Read-only file system): its guest was told");
	assert_int_equal(vm_state(&v), STATE_RUNNING);
	/* It runs on, and commands are not refused for ever. */
	assert_null(clock_pause(5500));
	vm_says_problem(&v, NULL);
	assert_null(driver_qemu.kill(v.self));
	vm_check_gone(&v);
	vm_close(&v);
}

static void test_supervisor_hangs(void **state)
{
	struct vm v;
	auto_json *answer = NULL;

	(void)state;
	vm_open(&v, "hang", "");
	assert_null(vm_start(&v));
	assert_int_equal(kill(lockfile_read(v.lock).pid, SIGSTOP), 0);
	assert_int_equal(vm_state(&v), STATE_STARTING);
	struct err *e = client_ask(v.dir, "status", 200, &answer);
	assert_int_equal(e->code, ERR_TIMEOUT);
	err_free(e);
	e = driver_qemu.stop(v.self, 300);
	assert_int_equal(e->code, ERR_TIMEOUT);
	assert_non_null(strstr(err_hint_of(e), "machine kill hang"));
	err_free(e);
	assert_null(driver_qemu.kill(v.self));
	vm_check_gone(&v);
	vm_close(&v);
}

static void test_deaf(void **state)
{
	struct vm v;

	(void)state;
	setenv("FAKE_QEMU", "deaf", 1);
	vm_open(&v, "deaf", "");
	assert_null(vm_start(&v));
	struct err *e = driver_qemu.stop(v.self, 300);
	assert_int_equal(e->code, ERR_TIMEOUT);
	err_free(e);
	assert_int_equal(vm_state(&v), STATE_STOPPING);
	assert_null(driver_qemu.kill(v.self));
	vm_check_gone(&v);
	vm_close(&v);
}

static void test_sigterm(void **state)
{
	struct vm v;

	(void)state;
	vm_open(&v, "term", "");
	assert_null(vm_start(&v));
	assert_int_equal(kill(lockfile_read(v.lock).pid, SIGTERM), 0);
	assert_null(lockfile_wait_free(v.lock, 5000));
	vm_check_gone(&v);
	vm_close(&v);
}

/* The driver's list as text: "tcp/8080 tcp/80! " */
static char *ports_text(struct vm *v)
{
	struct driver_port *list = NULL;
	auto_str s = STR_INIT;
	size_t n = 0;

	assert_null(driver_qemu.ports(v->self, &list, &n));
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s/%d%s ", list[i].proto, list[i].host_port, list[i].problem ? "!" : "");
	driver_ports_free(list, n);
	return str_detach(&s);
}

struct ports_wait {
	struct vm *v;
	const char *want;
};

static struct err *ports_step(void *data, bool *done)
{
	struct ports_wait *w = data;
	auto_free char *have = ports_text(w->v);

	*done = str_eq(have, w->want);
	return NULL;
}

static void expect_ports(struct vm *v, const char *want)
{
	struct ports_wait w = { v, want };
	struct err *e = retry_until(deadline_in(5000), 5, "ports", ports_step, &w);

	if (e) {
		auto_free char *have = ports_text(v);
		fail_msg("ports are '%s', not '%s'", have, want);
	}
}

struct bind_wait {
	const char *proto, *address;
	int port;
	enum loopback_bind want;
};

static struct err *bind_step(void *data, bool *done)
{
	struct bind_wait *w = data;

	*done = loopback_bind_test(w->proto, w->address, w->port, true) == w->want;
	return NULL;
}

/* What is listed is what was asked of QEMU; it does it a moment later. */
static void expect_bind(const char *proto, const char *address, int port, enum loopback_bind want)
{
	struct bind_wait w = { proto, address, port, want };

	assert_null(retry_until(deadline_in(5000), 5, "the port", bind_step, &w));
}

#define PUBLISHED(proto, port) "{\"proto\":\"" proto "\",\"address\":\"0.0.0.0\",\"port\":" port "}"

static void test_published(void **state)
{
	struct vm v;

	(void)state;
	vm_open(&v, "ports", "--qemu-forward tcp:7000:7000 --qemu-forward tcp:7001:80");
	auto_free char *address = vm_address(&v);
	assert_null(vm_start(&v));
	expect_ports(&v, "tcp/7000 tcp/7001 ");
	vm_say(&v,
	       "{\"event\":\"ports\",\"ports\":[" PUBLISHED("tcp", "8080") "," PUBLISHED("udp", "5353") "," PUBLISHED(
		       "tcp", "2376") "," PUBLISHED("tcp", "7000") "," PUBLISHED("tcp", "7001") "]}");
	expect_ports(&v, "tcp/2376! tcp/7000 tcp/7001! tcp/8080 udp/5353 tcp/7000 tcp/7001 ");
	expect_bind("tcp", address, 8080, LOOPBACK_TAKEN);
	expect_bind("udp", address, 5353, LOOPBACK_TAKEN);
	vm_say(&v, "{\"event\":\"ports\",\"ports\":[" PUBLISHED("udp", "5353") "]}");
	expect_ports(&v, "udp/5353 tcp/7000 tcp/7001 ");
	expect_bind("tcp", address, 8080, LOOPBACK_FREE);
	/* The guest starts again: nothing is published until it says so. */
	IGNORE(vm_agent(&v, "reset", "")); /* whether its answer comes before the news of the reset is open */
	expect_ports(&v, "tcp/7000 tcp/7001 ");
	expect_bind("udp", address, 5353, LOOPBACK_FREE);
	vm_close(&v);
}

static void test_published_taken(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(8080) };
	struct events ev = { STR_INIT };
	struct vm v;

	(void)state;
	vm_open(&v, "taken", "");
	auto_free char *address = vm_address(&v);
	assert_null(vm_start(&v));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, address, &sa.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	vm_say(&v, "{\"event\":\"ports\",\"ports\":[" PUBLISHED("tcp", "8080") "]}\n{\"event\":\"ready\",\"ms\":1}");
	expect_ports(&v, "tcp/8080! ");
	assert_null(vm_wait(&v, 5000, &ev));
	assert_non_null(strstr(ev.text.buf, "!published port 8080/tcp does not answer: port 8080 of 127."));
	assert_non_null(strstr(ev.text.buf, "is taken by another program"));
	close(fd);
	expect_ports(&v, "tcp/8080 "); /* it heals by itself */
	str_release(&ev.text);
	vm_close(&v);
}

/* The machine's own port is taken: said before QEMU is asked. */
static void test_own_port_taken(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(2376) };
	struct vm v;

	(void)state;
	vm_open(&v, "own", "");
	auto_free char *address = vm_address(&v);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, address, &sa.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	struct err *e = vm_start(&v);
	assert_non_null(strstr(e->msg, "port 2376 of 127."));
	assert_non_null(strstr(err_hint_of(e), "ss -lntup"));
	err_free(e);
	close(fd);
	vm_check_gone(&v);
	vm_close(&v);
}

static void test_crash(void **state)
{
	struct events ev = { STR_INIT };
	struct vm v;

	(void)state;
	vm_open(&v, "crash", "");
	assert_null(vm_start(&v));
	assert_null(vm_agent(&v, "print", "last words\n"));
	IGNORE(vm_agent(&v, "crash", ""));
	struct err *e = vm_wait(&v, 5000, &ev);
	auto_free char *text = err_text(e);
	assert_int_equal(e->code, ERR_WRONG_STATE);
	assert_non_null(strstr(text, "signal 6"));
	assert_non_null(strstr(text, "    kernel\n    machine: stage root 0.5\n    last words"));
	err_free(e);
	assert_null(lockfile_wait_free(v.lock, 5000));
	vm_check_gone(&v);
	str_release(&ev.text);
	vm_close(&v);
}

static struct err *agent_step(void *data, bool *done)
{
	auto_err *e = vm_agent(data, "ping", "");

	*done = !e;
	return NULL;
}

static void test_failures(void **state)
{
	struct events ev = { STR_INIT };
	struct vm v;
	struct err *e;

	(void)state;
	vm_open(&v, "fail", "");
	assert_null(vm_start(&v));
	e = vm_wait(&v, 100, &ev);
	assert_int_equal(e->code, ERR_TIMEOUT);
	auto_free char *text = err_text(e);
	assert_non_null(strstr(text, "the last stage it reached is 'engine'"));
	assert_non_null(strstr(text, "machine: stage root 0.5"));
	err_free(e);
	assert_null(vm_agent(&v, "print", "machine: failed data: no disk\r\n"));
	e = vm_wait(&v, 5000, &ev);
	assert_int_equal(e->code, ERR_FAILED);
	auto_free char *second = err_text(e);
	assert_non_null(strstr(second, "the guest failed at 'data': no disk"));
	err_free(e);
	IGNORE(vm_agent(&v, "reset", ""));
	assert_null(retry_until(deadline_in(5000), 10, "hello", agent_step, &v));
	assert_null(vm_agent(&v, "print", "[ 1.0] Kernel panic - not syncing: VFS\n"));
	e = vm_wait(&v, 5000, &ev);
	auto_free char *third = err_text(e);
	assert_non_null(strstr(third, "Kernel panic - not syncing: VFS"));
	err_free(e);
	str_release(&ev.text);
	vm_close(&v);
}

/* Whatever the guest says, the supervisor lives and answers. */
static void test_hostile_guest(void **state)
{
	static const char *const lines[] = {
		"",
		"{",
		"[]",
		"null",
		"\x01\x02",
		"{\"event\":5}",
		"{\"event\":\"ports\"}",
		"{\"id\":1e99,\"ok\":[]}",
		"{\"event\":\"stage\",\"name\":7}",
		"{\"event\":\"ports\",\"ports\":[[[[]]]]}",
		"{\"event\":\"stage\",\"name\":\"\\u001b[2J0123456789012345678901234567890123456789\",\"ms\":-5}",
		"{\"event\":\"failed\"}",
		"{\"id\":-1,\"ok\":true}",
		"{\"event\":\"nonsense\"}",
	};
	auto_json *answer = NULL;
	struct vm v;

	(void)state;
	vm_open(&v, "evil", "");
	assert_null(vm_start(&v));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		vm_say(&v, lines[i]);
	for (int i = 0; i < 200; i++)
		vm_say(&v, "{\"event\":\"warning\",\"message\":\"again\"}\n{\"event\":\"hello\"}");
	auto_free char *longest = xcalloc(1, 250001);
	memset(longest, 'x', 250000);
	for (int i = 0; i < 8; i++)
		vm_say(&v, longest);
	assert_null(vm_agent(&v, "print", longest));
	assert_null(client_ask(v.dir, "status", 5000, &answer));
	assert_string_equal(json_str_or(answer, "phase", ""), "running");
	assert_true(strlen(json_str_or(answer, "stage", "")) <= 31);
	vm_close(&v);
}

static void test_control_garbage(void **state)
{
	static const char *const lines[] = { "\n", "{}\n", "nonsense\n", "{\"do\":\"agent\"}\n",
					     "{\"do\":\"agent\",\"request\":1}\n" };
	auto_json *answer = NULL;
	struct stat st;
	struct vm v;
	int fd;

	(void)state;
	vm_open(&v, "garbage", "");
	auto_free char *path = in(&v, "control.sock");
	assert_null(vm_start(&v));
	assert_null(vm_agent(&v, "ping", ""));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char buf[200] = "";

		assert_null(fs_connect(path, &fd));
		assert_int_equal(write(fd, lines[i], strlen(lines[i])), strlen(lines[i]));
		assert_true(read(fd, buf, sizeof(buf) - 1) > 0);
		assert_non_null(strstr(buf, "\"ok\":false"));
		close(fd);
	}
	/* One who asks the agent and goes away, and one who gets no answer. */
	assert_null(fs_connect(path, &fd));
	assert_true(write(fd, "{\"do\":\"agent\",\"request\":{\"do\":\"silence\"}}\n", 42) > 0);
	close(fd);
	auto_json *request = json_object();
	json_set_str(request, "do", "silence");
	struct err *e = client_ask_agent(v.dir, request, 200, &answer);
	assert_int_equal(e->code, ERR_TIMEOUT);
	err_free(e);
	assert_null(client_ask(v.dir, "status", 5000, &answer));
	vm_close(&v);
}

static void test_side_by_side(void **state)
{
	enum {
		N = 8
	};
	struct vm v[N];
	pthread_t t[N];
	auto_list addresses = { 0 };

	(void)state;
	for (int i = 0; i < N; i++) {
		auto_free char *name = xasprintf("side%d", i);
		vm_open(&v[i], name, "");
		list_take(&addresses, vm_address(&v[i]));
		assert_int_equal(pthread_create(&t[i], NULL, start_one, &v[i]), 0);
	}
	for (int i = 0; i < N; i++) {
		void *e;
		pthread_join(t[i], &e);
		assert_null(e);
	}
	list_sort(&addresses);
	for (size_t i = 1; i < addresses.n; i++)
		assert_string_not_equal(addresses.items[i - 1], addresses.items[i]);
	for (int i = 0; i < N; i++) {
		assert_int_equal(vm_state(&v[i]), STATE_STARTING);
		vm_close(&v[i]);
	}
}

/* The console is turned over at its limit and never grows beyond. */
static void test_console_limit(void **state)
{
	auto_free char *text = xcalloc(1, 200001);
	struct stat st;
	struct vm v;

	(void)state;
	memset(text, 'y', 200000);
	vm_open(&v, "console", "");
	auto_free char *now = in(&v, "console.log"), *old = in(&v, "console.log.1");
	assert_null(vm_start(&v));
	for (int i = 0; i < 8; i++)
		assert_null(vm_agent(&v, "print", text));
	assert_null(driver_qemu.stop(v.self, 5000));
	assert_int_equal(stat(now, &st), 0);
	assert_true(st.st_size > 0 && st.st_size <= 1024 * 1024);
	assert_int_equal(stat(old, &st), 0);
	assert_true(st.st_size > 0 && st.st_size <= 1024 * 1024);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_string_equal(driver_qemu.fetch_console(v.self), now);
	vm_close(&v);
}

static void test_seed_network(void **state)
{
	auto_json *machine = json_object();
	struct vm v;

	(void)state;
	vm_open(&v, "seed", "--qemu-share /tmp:/src:ro");
	assert_null(driver_qemu.seed_machine(v.self, machine));
	assert_string_equal(json_str_or(machine, "network.address", ""), "10.0.2.15/24");
	assert_string_equal(json_str_or(json_first(json_get_or_null(machine, "mounts")), "path", ""), "/src");
	auto_list closed = { 0 };
	json_strings(machine, "network.closed", &closed);
	assert_int_equal(closed.n, 1);
	vm_close(&v);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_life),
		T(test_dies_at_once),
		T(test_mute),
		T(test_supervisor_killed),
		T(test_supervisor_hangs),
		T(test_deaf),
		T(test_sigterm),
		T(test_published),
		T(test_published_taken),
		T(test_own_port_taken),
		T(test_crash),
		T(test_failures),
		T(test_hostile_guest),
		T(test_control_garbage),
		T(test_side_by_side),
		T(test_console_limit),
		T(test_seed_network),
		T(test_boot_failed),
		T(test_start_broken_off),
		T(test_disk_full),
	};

	/* This program plays all parts: the tool that is the supervisor, and QEMU. */
	if (argc > 3 && str_eq(argv[1], "__driver"))
		return driver_qemu.helper_main(argc - 3, argv + 3);
	if (argc > 1 && str_eq(argv[1], "-nodefaults"))
		return fake_qemu_main(argc, argv);
	self_path = realpath("/proc/self/exe", NULL);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(self_path);
	return failed;
}
