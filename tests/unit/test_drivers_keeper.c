/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for the keeper of every driver, each time for three kinds of them: one whose line to the agent is there from the start
 * (qemu), one that opens it (kvm), and one with a serial line (virtualbox). The driver is played by this program, and so is the
 * guest; the host's clock jumps when a test says so.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/helper.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/loop.h"
#include "drivers/keeper/order.h"

#define SLOW_PORT 28999 /* whose carrying never ends */
#define SECOND 1000

/* --- the host's clock, in place of the C library's: a pipe by name, into which a test writes a jump --- */

int timerfd_create(clockid_t clock, int flags)
{
	(void)clock, (void)flags;
	return open(getenv("FAKE_CLOCK"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	(void)fd, (void)flags, (void)value, (void)old;
	return 0;
}

/* --- the driver --- */

struct fake {
	struct keeper *keeper;
	int64_t kind;
	int console_fd;
	struct console_line line;
};

static struct err *fake_connect(void *self)
{
	static const enum link_greeting greetings[] = { LINK_TELLS, LINK_ONCE, LINK_SERIAL };
	struct fake *f = self;
	auto_free char *guest = fs_join(f->keeper->env.dir, "guest.sock");
	int fd;

	TRY(fs_connect(guest, &fd));
	link_open(&f->keeper->link, fd, greetings[f->kind]);
	return NULL;
}

static struct err *fake_begin(void *self, struct keeper *k, const cJSON *order)
{
	struct fake *f = self;
	auto_free char *console = fs_join(k->env.dir, "console");

	f->keeper = k;
	f->kind = json_int_or(order, "kind", 0);
	f->console_fd = open(console, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	k->ports.address = "127.99.2.1";
	k->ports.most = 2;
	port_work_on(&k->ports, true);
	if (f->kind == 0)
		TRY(fake_connect(f));
	keeper_is_up(k);
	return NULL;
}

static bool fake_look(void *self)
{
	const struct fake *f = self;
	auto_free char *guest = fs_join(f->keeper->env.dir, "guest.sock");

	return !fs_exists(guest);
}

static void fake_carry(void *self, const struct port *p, bool add)
{
	struct fake *f = self;

	(void)add;
	if (p->number != SLOW_PORT)
		port_work_carried(&f->keeper->ports, p->proto, p->number, NULL);
}

static size_t fake_fds(void *self, struct pollfd *p)
{
	p[0] = (struct pollfd){ .fd = ((struct fake *)self)->console_fd, .events = POLLIN };
	return 1;
}

static void fake_turn(void *self, const struct pollfd *p)
{
	struct fake *f = self;
	char buf[512];
	ssize_t n = p && p[0].revents ? read(f->console_fd, buf, sizeof(buf)) : 0;

	if (n > 0)
		keeper_console(f->keeper, &f->line, buf, (size_t)n);
}

static struct err *fake_end(void *self)
{
	keeper_tell_end(((struct fake *)self)->keeper, true, "it is off");
	return NULL;
}

static void fake_kill(void *self, const char *why)
{
	(void)why;
	keeper_done(((struct fake *)self)->keeper);
}

static int fake_main(const char *word)
{
	struct keeper_ops ops = {
		.title = "machine-test",
		.lock = "test.lock",
		.begin = fake_begin,
		.connect = fake_connect,
		.look = fake_look,
		.carry = fake_carry,
		.fds = fake_fds,
		.turn = fake_turn,
		.end = fake_end,
	};
	struct fake f = { .console_fd = -1 };

	if (str_eq(word, "own")) {
		ops.owns_machine = true;
		ops.connect = NULL;
		ops.kill = fake_kill;
	}
	return loop_run(&ops, &f);
}

/* --- the machine, as a test has it --- */

struct vm {
	char dir[64];
	char *lock, *guest, *console, *clock;
	int listen_fd;
	struct chan agent;
	int kind;
};

static struct err *vm_start(struct vm *v)
{
	const struct driver_env env = { .name = "dev", .store = v->dir, .dir = v->dir, .state_dir = v->dir };
	const struct order_start start = { "test", v->kind ? "keep" : "own", "log", "the keeper", NULL };
	auto_json *order = order_new(&env);

	json_set_int(order, "kind", v->kind);
	return order_run(&start, &env, order, 10000);
}

static void vm_say(struct vm *v, const char *text)
{
	assert_true(chan_send(&v->agent, text));
}

/* What the keeper says next; NULL when it says nothing in that time. */
static cJSON *vm_hear(struct vm *v, int ms)
{
	struct deadline d = deadline_in(ms);
	cJSON *tree = NULL;
	size_t len;
	char *line;

	while (!deadline_passed(d)) {
		struct pollfd p = { .fd = v->agent.fd, .events = POLLIN };

		while ((line = chan_line(&v->agent, &len)))
			if (len) {
				assert_null(json_parse(line, len, "line", &tree));
				return tree;
			}
		if (poll(&p, 1, deadline_left_ms(d)) > 0 && !chan_read(&v->agent))
			return NULL;
	}
	return NULL;
}

/* The guest opens its end and tells its story when it should: by itself, or when asked. */
static void vm_hello(struct vm *v)
{
	struct pollfd p = { .fd = v->listen_fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 5 * SECOND), 1);
	chan_close(&v->agent);
	chan_open(&v->agent, accept(v->listen_fd, NULL, NULL), 65536);
	if (v->kind) {
		auto_json *asked = vm_hear(v, 5 * SECOND);

		assert_string_equal(json_str_or(asked, "do", ""), "hello");
	}
	vm_say(v, "{\"event\":\"hello\",\"version\":1}\n{\"event\":\"stage\",\"name\":\"root\",\"ms\":1}");
}

static void vm_begin(struct vm *v, int kind)
{
	*v = (struct vm){ .dir = "/tmp/test-keeper.XXXXXX", .agent = CHAN_CLOSED, .kind = kind };
	assert_non_null(mkdtemp(v->dir));
	v->lock = fs_join(v->dir, "test.lock");
	v->guest = fs_join(v->dir, "guest.sock");
	v->console = fs_join(v->dir, "console");
	v->clock = fs_join(v->dir, "clock");
	assert_int_equal(mkfifo(v->console, 0600), 0);
	assert_int_equal(mkfifo(v->clock, 0600), 0);
	setenv("FAKE_CLOCK", v->clock, 1);
	assert_null(fs_listen(v->guest, &v->listen_fd));
	assert_null(vm_start(v));
}

/* The machine ends: so does its keeper, and leaves nothing. */
static void vm_end(struct vm *v)
{
	auto_free char *control = fs_join(v->dir, KEEPER_FILE_CONTROL);

	unlink(v->guest);
	if (!v->kind) {
		auto_json *answer = NULL;

		assert_null(client_ask(v->dir, "kill", 5 * SECOND, &answer));
	}
	chan_close(&v->agent);
	close(v->listen_fd);
	assert_null(lockfile_wait_free(v->lock, 5 * SECOND));
	assert_false(fs_exists(control));
	free(v->lock);
	free(v->guest);
	free(v->console);
	free(v->clock);
	assert_null(fs_remove_tree(v->dir));
}

static void put(const char *fifo, const char *text, size_t n)
{
	int fd = open(fifo, O_WRONLY | O_NONBLOCK);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

static void no_event(void *data, const struct driver_boot_event *e)
{
	(void)data, (void)e;
}

static char *vm_wait(struct vm *v, int ms)
{
	auto_err *e = client_wait_ready(v->dir, deadline_in(ms), no_event, NULL);

	return e ? err_text(e) : xstrdup("ready");
}

/* --- what holds for all --- */

static void each(void (*test)(struct vm *v))
{
	for (int kind = 0; kind < 3; kind++) {
		struct vm v;

		vm_begin(&v, kind);
		test(&v);
		vm_end(&v);
	}
}

static void boot(struct vm *v)
{
	vm_hello(v);
	vm_say(v, "{\"event\":\"ready\",\"ms\":7}");
	auto_free char *text = vm_wait(v, 5 * SECOND);
	assert_string_equal(text, "ready");
	assert_string_equal(lockfile_read(v->lock).phase, "running");
	struct err *e = vm_start(v); /* one keeper for a machine */
	assert_int_equal(e->code, ERR_WRONG_STATE);
	err_free(e);
}

static void test_boot(void **state)
{
	(void)state;
	each(boot);
}

static void panic(struct vm *v)
{
	static const char text[] = "[    0.2] Kernel panic - not syncing: no root\r\n";
	int64_t began = clock_now_ms();

	put(v->console, text, strlen(text));
	auto_free char *said = vm_wait(v, 60 * SECOND);
	assert_true(clock_now_ms() - began <= 2 * SECOND);
	assert_string_equal(said, "the guest failed at 'kernel': Kernel panic - not syncing: no root");
	assert_string_equal(lockfile_read(v->lock).phase, "failed");
}

static void test_panic(void **state)
{
	(void)state;
	each(panic);
}

static void failed_stage(struct vm *v)
{
	vm_hello(v);
	vm_say(v, "{\"event\":\"failed\",\"stage\":\"data\",\"message\":\"no \\u001b[31mroom\"}");
	auto_free char *said = vm_wait(v, 60 * SECOND);
	assert_string_equal(said, "the guest failed at 'data': no room");
}

static void failed_console(struct vm *v)
{
	static const char text[] = "machine: failed root: it is gone\n";

	put(v->console, text, strlen(text));
	auto_free char *said = vm_wait(v, 60 * SECOND);
	assert_string_equal(said, "the guest failed at 'root': it is gone");
}

static void test_failed_stage(void **state)
{
	(void)state;
	each(failed_stage);
	each(failed_console);
}

/* Until ports are as told, at most a second. */
static void expect_ports(struct vm *v, const char *want)
{
	struct deadline d = deadline_in(SECOND);

	for (;;) {
		auto_json *answer = NULL;

		assert_null(client_ask(v->dir, "ports", 5 * SECOND, &answer));
		auto_free char *text = json_print(json_get_or_null(answer, "ports"), 0);
		if (str_eq(text, want))
			return;
		if (deadline_passed(d))
			fail_msg("ports are %s, not %s", text, want);
		assert_null(clock_pause(5));
	}
}

static void ports(struct vm *v)
{
	vm_hello(v);
	for (int i = 0; i < 2; i++) {
		vm_say(v, "{\"event\":\"ports\",\"ports\":[{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":28080},"
			  "{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":2376}]}");
		expect_ports(
			v, "[{\"proto\":\"tcp\",\"port\":2376,\"problem\":\"port 2376 of the machine's address is the "
			   "machine's own engine; publish another port\"},{\"proto\":\"tcp\",\"port\":28080}]");
		vm_say(v, "{\"event\":\"ports\",\"ports\":[]}");
		expect_ports(v, "[]");
	}
}

static void test_ports(void **state)
{
	(void)state;
	each(ports);
}

static void expect_time(struct vm *v)
{
	auto_json *told = vm_hear(v, 5 * SECOND);

	assert_string_equal(json_str_or(told, "do", ""), "time");
	assert_true(llabs((long long)json_get_or_null(told, "unix")->valuedouble - (long long)time(NULL)) <= 5);
}

/* Also when the agent is just not there to hear of it. */
static void clock_jumps(struct vm *v)
{
	put(v->clock, "jumpjump", 8);
	assert_null(clock_pause(50));
	vm_hello(v);
	expect_time(v);
	auto_json *silence = vm_hear(v, 50);
	assert_null(silence);
	put(v->clock, "jumpjump", 8);
	expect_time(v);
}

static void test_clock_jumps(void **state)
{
	(void)state;
	each(clock_jumps);
}

struct asking {
	struct vm *v;
	pthread_t thread;
	struct err *failed;
	cJSON *answer;
};

static void *ask_run(void *data)
{
	struct asking *a = data;
	auto_json *request = json_object();

	json_set_str(request, "do", "ping");
	a->failed = client_ask_agent(a->v->dir, request, 10 * SECOND, &a->answer);
	return NULL;
}

/* Returns the id under which the guest heard it. */
static int64_t ask_begin(struct vm *v, struct asking *a)
{
	*a = (struct asking){ .v = v };
	assert_int_equal(pthread_create(&a->thread, NULL, ask_run, a), 0);
	auto_json *heard = vm_hear(v, 5 * SECOND);
	assert_string_equal(json_str_or(heard, "do", ""), "ping");
	return json_int_or(heard, "id", 0);
}

static void vm_answer(struct vm *v, int64_t id)
{
	auto_free char *text = xasprintf("{\"id\":%d,\"ok\":true}", (int)id);

	vm_say(v, text);
}

/* A port whose carrying never ends keeps nobody else waiting. */
static void ask_beside(struct vm *v)
{
	struct asking one, two;
	int64_t first, second;

	vm_hello(v);
	vm_say(v, "{\"event\":\"ports\",\"ports\":[{\"proto\":\"tcp\",\"port\":28999},{\"proto\":\"udp\",\"port\":"
		  "28080}]}");
	expect_ports(v, "[{\"proto\":\"tcp\",\"port\":28999,\"problem\":\"it is being set up\"},"
			"{\"proto\":\"udp\",\"port\":28080}]");
	first = ask_begin(v, &one);
	second = ask_begin(v, &two);
	vm_answer(v, second); /* in whichever order */
	pthread_join(two.thread, NULL);
	vm_answer(v, first);
	pthread_join(one.thread, NULL);
	assert_null(one.failed);
	assert_null(two.failed);
	assert_int_equal(json_int_or(two.answer, "id", 0), second);
	cJSON_Delete(one.answer);
	cJSON_Delete(two.answer);
}

static void test_ask(void **state)
{
	(void)state;
	each(ask_beside);
}

/* The line breaks: who waits is told, the keeper comes again, and what was told before is told again. */
static void reconnect(struct vm *v)
{
	struct asking a;

	if (!v->kind)
		return;
	vm_hello(v);
	ask_begin(v, &a);
	chan_close(&v->agent);
	pthread_join(a.thread, NULL);
	assert_non_null(strstr(a.failed->msg, "went away"));
	err_free(a.failed);
	vm_hello(v);
	vm_say(v, "{\"event\":\"ready\",\"ms\":7}");
	auto_free char *text = vm_wait(v, 5 * SECOND);
	assert_string_equal(text, "ready");
}

static void test_reconnect(void **state)
{
	(void)state;
	each(reconnect);
}

/* The machine ends while it boots. */
static void test_ends(void **state)
{
	struct vm v;

	(void)state;
	vm_begin(&v, 1);
	vm_hello(&v);
	unlink(v.guest);
	chan_close(&v.agent);
	auto_free char *text = vm_wait(&v, 10 * SECOND);
	assert_string_equal(text, "the machine ended after 'root': it is off");
	vm_end(&v);
}

/* Runs as root alone: whose the process is that was started for a folder. */
static uid_t owner_of(const char *folder)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		auto_err *e = helper_become_owner(folder);
		_exit(e ? 2 : getuid() == 0 ? 0 : getuid() == 65534 && geteuid() == 65534 && getgid() != 0 ? 1 : 3);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status) == 1 ? 65534 : (uid_t)WEXITSTATUS(status);
}

static void test_owner(void **state)
{
	char theirs[] = "/tmp/test-keeper.XXXXXX";

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(theirs));
	assert_int_equal(owner_of(theirs), 0);
	assert_int_equal(chown(theirs, 65534, 65534), 0);
	assert_int_equal(owner_of(theirs), 65534);
	/* A link decides nothing by where it leads. */
	auto_free char *link_path = xasprintf("%s.link", theirs);
	assert_int_equal(symlink(theirs, link_path), 0);
	assert_int_equal(owner_of(link_path), 0);
	unlink(link_path);
	rmdir(theirs);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_boot),	 cmocka_unit_test(test_panic),
					    cmocka_unit_test(test_failed_stage), cmocka_unit_test(test_ports),
					    cmocka_unit_test(test_clock_jumps),	 cmocka_unit_test(test_ask),
					    cmocka_unit_test(test_reconnect),	 cmocka_unit_test(test_ends),
					    cmocka_unit_test(test_owner) };

	if (argc > 3 && str_eq(argv[1], "__driver"))
		return fake_main(argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
