/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper of a virtualbox machine as a process, with a VBoxManage that is a shell script and an agent that is played here. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/link/chan.h"
#include "drivers/virtualbox/keep.h"
#include "drivers/virtualbox/keep_client.h"
#include "drivers/virtualbox/ready.h"
#include "drivers/virtualbox/state.h"

#define UUID "11111111-2222-4333-8444-555555555555"
#define ADDRESS "127.94.3.2"

static char folder[64], *lock, *console, *calls;
static int listener = -1;
static struct chan agent = CHAN_CLOSED;
static bool greeted;

static void quiet(void *data, const char *text)
{
	(void)data, (void)text;
}

static const struct driver_env env = {
	.name = "vb", .store = folder, .dir = folder, .state_dir = folder, .report = quiet, .warn = quiet
};

static struct vbox machine(bool fresh)
{
	char *empty = (char *)"";

	return (struct vbox){ .env = &env,
			      .console = console,
			      .lock = lock,
			      .started = fresh,
			      .config = { .memory_mib = 1024,
					  .disk_mib = 20000,
					  .cpus = 1,
					  .uuid = (char *)UUID,
					  .mac = (char *)"08:00:27:11:22:33",
					  .hostonly_mac = (char *)"08:00:27:11:22:34",
					  .address = (char *)ADDRESS,
					  .engine_port = 2376,
					  .ssh_port = 2222,
					  .nat_nictype = (char *)"virtio",
					  .hostonly_nictype = (char *)"virtio",
					  .hostonly_promisc = (char *)"deny",
					  .ui_type = (char *)"headless",
					  .hostonly_cidr = empty,
					  .share_folder = empty,
					  .iso = empty } };
}

/* VBoxManage as it is now: showvminfo prints info; changes of ports take pause_s. */
static void vboxmanage(const char *info, const char *pause_s)
{
	auto_free char *bin = fs_join(folder, "bin"), *path = fs_join(bin, "VBoxManage");
	auto_free char *text =
		xasprintf("#!/bin/sh\ncase \"$*\" in\n*natpf1*) sleep %s ;;\nshowvminfo*) echo '%s' ;;\nesac\n"
			  "echo \"$*\" >>'%s'\n",
			  pause_s, info, calls);

	assert_null(fs_mkdirs(bin, 0700));
	assert_null(fs_write(path, text, strlen(text), 0700));
}

static bool called(const char *words)
{
	auto_free char *text = NULL;

	IGNORE(fs_read(calls, 1 << 20, &text, NULL));
	return text && strstr(text, words);
}

/* --- the agent --- */

static void agent_say(const char *text)
{
	assert_true(chan_send(&agent, text));
}

static void agent_answer(const char *line, size_t len)
{
	auto_json *request = NULL, *answer = json_object();
	auto_err *e = json_parse(line, len, "request", &request);

	if (e)
		return;
	if (str_eq(json_str_or(request, "do", ""), "hello")) {
		agent_say("");
		agent_say("{\"event\":\"hello\",\"version\":1}");
		agent_say("{\"event\":\"stage\",\"name\":\"engine\",\"ms\":2000}");
		greeted = true;
	}
	json_set_int(answer, "id", json_int_or(request, "id", 0));
	json_set_bool(answer, "ok", true);
	chan_send_json(&agent, answer);
}

/* Play the agent for a moment. */
static void agent_turn(void)
{
	struct pollfd p[2] = { { .fd = listener, .events = POLLIN }, { .fd = agent.fd, .events = POLLIN } };
	size_t len;
	char *line;

	if (poll(p, 2, 10) <= 0)
		return;
	if (p[0].revents) {
		chan_close(&agent);
		chan_open(&agent, accept4(listener, NULL, NULL, SOCK_CLOEXEC), 65536);
		return;
	}
	bool open = chan_read(&agent);
	while ((line = chan_line(&agent, &len)))
		agent_answer(line, len);
	if (!open)
		chan_close(&agent);
}

static bool phase_is(const char *word)
{
	struct lockfile l = lockfile_read(lock);

	return l.held && str_eq(l.phase, word);
}

static bool agent_there(const char *unused)
{
	(void)unused;
	return agent.fd >= 0;
}

static bool agent_greeted(const char *unused)
{
	(void)unused;
	return greeted;
}

static bool is_free(const char *unused)
{
	(void)unused;
	return !fs_is_locked(lock);
}

static void until(bool (*is)(const char *word), const char *word, int ms)
{
	for (struct deadline d = deadline_in(ms); !is(word);) {
		if (deadline_passed(d))
			fail_msg("not within %d ms: %s", ms, word);
		agent_turn();
	}
}

static void keeper_runs(bool fresh)
{
	struct vbox v = machine(fresh);
	auto_free char *path = vbox_agent_path(&v);

	unlink(calls);
	assert_null(fs_listen(path, &listener));
	assert_null(vbox_keep_start(&v));
	greeted = false;
	until(agent_there, "the keeper connects", 3000);
	until(agent_greeted, "the keeper greets", 3000);
	until(phase_is, "booting", 3000);
}

static void keeper_ends(void)
{
	struct vbox v = machine(false);

	assert_null(vbox_keep_end(&v));
	chan_close(&agent);
	mem_closep(&listener);
}

/* --- tests --- */

/* What the guest says of its boot is in the lock, also when it starts again. */
static void test_phases(void **state)
{
	(void)state;
	vboxmanage("VMState=\"running\"", "0");
	keeper_runs(true);
	agent_say("{\"event\":\"ready\",\"ms\":3000}");
	until(phase_is, VBOX_PHASE_READY, 2000);
	agent_say("{\"event\":\"hello\",\"version\":1}");
	until(phase_is, "booting", 2000);
	agent_say("{\"event\":\"failed\",\"stage\":\"data\",\"message\":\"no\"}");
	until(phase_is, VBOX_PHASE_FAILED, 2000);
	keeper_ends();
}

/* One that was saved is ready although its agent is slow to say so. */
static void test_woken(void **state)
{
	struct vbox v = machine(false);
	auto_free char *path = vbox_agent_path(&v);

	(void)state;
	v.woken = true;
	vboxmanage("VMState=\"running\"", "0");
	assert_null(fs_listen(path, &listener));
	assert_null(vbox_keep_start(&v));
	assert_true(phase_is(VBOX_PHASE_READY));
	keeper_ends();
}

/* Two ports, each a call of two seconds: meanwhile requests to the agent are answered. */
static void test_ports_block_nobody(void **state)
{
	auto_json *request = json_object();

	(void)state;
	vboxmanage("VMState=\"running\"", "2");
	keeper_runs(true);
	agent_say("{\"event\":\"ports\",\"ports\":[{\"proto\":\"udp\",\"address\":\"0.0.0.0\",\"port\":5301},"
		  "{\"proto\":\"udp\",\"address\":\"0.0.0.0\",\"port\":5302}]}");
	for (int i = 0; i < 30; i++)
		agent_turn();
	json_set_str(request, "do", "ping");
	for (int i = 0; i < 3; i++) {
		/* The agent's answer comes from this process: the request waits for it in another. */
		pid_t pid = fork();
		int64_t began = clock_now_ms();

		if (pid == 0) {
			auto_json *answer = NULL;
			auto_err *e = client_ask_agent(folder, request, 1500, &answer);

			_exit(e ? 1 : 0);
		}
		int status;
		while (waitpid(pid, &status, WNOHANG) == 0)
			agent_turn();
		assert_int_equal(status, 0);
		assert_true(clock_now_ms() - began < 1500);
	}
	assert_false(called("published-udp-5302"));
	until(called, "controlvm " UUID " natpf1 published-udp-5301,udp," ADDRESS ",5301,10.0.2.15,5301", 6000);
	until(called, "natpf1 published-udp-5302,udp,", 6000);
	agent_say("{\"event\":\"ports\",\"ports\":[]}");
	until(called, "natpf1 delete published-udp-5301", 6000);
	keeper_ends();
}

/* The rules of a keeper that was killed are known: what is not wanted any more goes, what is wanted is not made again. */
static void test_adopts(void **state)
{
	(void)state;
	vboxmanage("VMState=\"running\"\nForwarding(0)=\"published-udp-5303,udp," ADDRESS ",5303,10.0.2.15,5303\"\n"
		   "Forwarding(1)=\"published-udp-5304,udp," ADDRESS ",5304,10.0.2.15,5304\"",
		   "0");
	keeper_runs(false);
	agent_say("{\"event\":\"ports\",\"ports\":[{\"proto\":\"udp\",\"address\":\"0.0.0.0\",\"port\":5304}]}");
	until(called, "natpf1 delete published-udp-5303", 4000);
	assert_false(called("published-udp-5304"));
	keeper_ends();
}

/* The line breaks: it ends when VirtualBox says that the machine has, and comes back where that cannot be said. */
static void test_end(void **state)
{
	(void)state;
	vboxmanage("VMState=\"running\"", "0");
	keeper_runs(true);
	chan_close(&agent);
	until(agent_there, "the keeper connects again", 3000);
	vboxmanage("VMState=\"poweroff\"", "0");
	mem_closep(&listener);
	chan_close(&agent);
	until(is_free, "the keeper ends", 4000);
}

/* A kernel that gives up says so on the console alone: the wait ends, and quotes it. */
static void test_panic(void **state)
{
	static const char text[] = "machine: stage root 1.0\nKernel panic - not syncing: Attempted to kill init!\n";
	struct vbox v = machine(true);
	int64_t began = clock_now_ms();

	(void)state;
	vboxmanage("VMState=\"running\"", "0");
	keeper_runs(true);
	assert_null(fs_write(console, text, strlen(text), 0600));
	auto_err *e = vbox_wait_ready(&v, deadline_in(30000), NULL, NULL);
	auto_free char *why = err_text(e);
	assert_int_equal(e->code, ERR_FAILED);
	assert_non_null(
		strstr(why, "the guest failed at 'kernel': Kernel panic - not syncing: Attempted to kill init!"));
	assert_true(clock_now_ms() - began < 2000);
	enum machine_state s;
	assert_null(vbox_state_of(&v, &s));
	assert_int_equal(s, STATE_ERROR);
	keeper_ends();
	unlink(console);
}

static int setup(void **state)
{
	auto_free char *bin = NULL, *path = NULL;

	(void)state;
	strcpy(folder, "/tmp/test-vkeep.XXXXXX");
	assert_non_null(mkdtemp(folder));
	lock = fs_join(folder, VBOX_FILE_LOCK);
	console = fs_join(folder, "console.log");
	calls = fs_join(folder, "calls");
	bin = fs_join(folder, "bin");
	path = xasprintf("%s:%s", bin, getenv("PATH"));
	setenv("PATH", path, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	IGNORE(lockfile_end_owner(lock));
	IGNORE(fs_remove_tree(folder));
	free(lock);
	free(console);
	free(calls);
	return 0;
}

int main(int argc, char *const *argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases), cmocka_unit_test(test_woken), cmocka_unit_test(test_ports_block_nobody),
		cmocka_unit_test(test_adopts), cmocka_unit_test(test_end),   cmocka_unit_test(test_panic),
	};

	/* This program is the tool that is the keeper, too. */
	if (argc > 3 && str_eq(argv[1], "__driver"))
		return vbox_keep_main();
	return cmocka_run_group_tests(tests, setup, teardown);
}
