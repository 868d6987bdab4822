/* SPDX-License-Identifier: Apache-2.0 */
/* Children, and libraries that are loaded late. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/lazy.h"
#include "base/mem.h"
#include "base/proc.h"

static void test_output(void **state)
{
	const char *argv[] = { "sh", "-c", "cat; echo two >&2", NULL };
	auto_proc p = { .argv = argv, .input = "one\0", .input_len = 4, PROC_INIT };

	(void)state;
	assert_null(proc_run(&p));
	assert_int_equal(p.out.len, 4);
	assert_string_equal(p.out.buf, "one");
	assert_string_equal(p.errout.buf, "two\n");
	assert_int_equal(p.status, 0);
	/* A second run starts afresh. */
	assert_null(proc_run(&p));
	assert_int_equal(p.out.len, 4);
}

static void test_no_input(void **state)
{
	const char *argv[] = { "cat", NULL };
	auto_proc p = { .argv = argv, PROC_INIT };

	(void)state;
	assert_null(proc_run(&p));
	assert_string_equal(p.out.buf, "");
}

static void test_large_input(void **state)
{
	enum {
		SIZE = 900000
	};
	const char *argv[] = { "cat", NULL }, *deaf[] = { "true", NULL };
	auto_free char *input = xcalloc(1, SIZE);
	auto_proc p = { .argv = argv, .input = input, .input_len = SIZE, PROC_INIT };

	(void)state;
	assert_null(proc_run(&p));
	assert_int_equal(p.out.len, SIZE);
	/* One that reads none of it. */
	p.argv = deaf;
	assert_null(proc_run(&p));
}

static void test_failures(void **state)
{
	static const struct {
		const char *script, *msg;
		int status;
	} cases[] = {
		{ "echo a >&2; echo 'No space left' >&2; echo >&2; exit 3", "'sh' failed with status 3: No space left",
		  3 },
		{ "exit 1", "'sh' failed with status 1", 1 },
		{ "printf 'x\\033[1m\\ty' >&2; exit 1", "'sh' failed with status 1: x [1m y", 1 },
		{ "kill -9 $$", "'sh' was ended by signal 9 (Killed)", 137 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *argv[] = { "sh", "-c", cases[i].script, NULL };
		auto_proc p = { .argv = argv, PROC_INIT };
		auto_err *err = proc_run(&p);

		assert_int_equal(err->code, ERR_FAILED);
		assert_string_equal(err->msg, cases[i].msg);
		assert_int_equal(p.status, cases[i].status);
		p.any_status = true;
		assert_null(proc_run(&p));
		assert_int_equal(p.status, cases[i].status);
	}
}

static void test_missing(void **state)
{
	const char *argv[] = { "no-such-program", NULL }, *bad[] = { NULL, NULL };
	auto_proc p = { .argv = argv, .missing_hint = "Install it.", PROC_INIT };
	auto_err *err = proc_run(&p), *exec_err = proc_exec(argv);
	char script[] = "/tmp/test_base_proc.XXXXXX";
	int fd = mkstemp(script);

	(void)state;
	assert_int_equal(err->code, ERR_NOT_FOUND);
	assert_string_equal(err->msg, "program 'no-such-program' is not installed");
	assert_string_equal(err_hint_of(err), "Install it.");
	assert_int_equal(exec_err->code, ERR_NOT_FOUND);
	/* There, but the kernel cannot run it. */
	assert_int_equal(write(fd, "#!/no/such/interpreter\n", 23), 23);
	fchmod(fd, 0755);
	close(fd);
	bad[0] = script;
	p.argv = bad;

	auto_err *broken = proc_run(&p);

	unlink(script);
	assert_non_null(strstr(broken->msg, "No such file or directory"));
}

static void test_find(void **state)
{
	auto_free char *saved = xstrdup(getenv("PATH")), *found = NULL, *none = NULL;

	(void)state;
	setenv("PATH", ":.:relative:/nonexistent:/bin:/usr/bin", 1);
	assert_null(proc_find("sh", &found));
	assert_string_equal(found, "/bin/sh");
	setenv("PATH", "", 1);

	auto_err *err = proc_find("sh", &none);

	setenv("PATH", saved, 1);
	assert_int_equal(err->code, ERR_NOT_FOUND);

	auto_err *folder = proc_find("/tmp", &none);

	assert_int_equal(folder->code, ERR_NOT_FOUND);
}

static bool process_is_there(const char *pid_text)
{
	return kill((pid_t)atoi(pid_text), 0) == 0;
}

/* The child and what it started ignore SIGTERM; both must be gone soon after the deadline. */
static void test_deadline(void **state)
{
	const char *argv[] = { "sh", "-c", "trap '' TERM; sleep 100 & echo $!; while :; do sleep 1; done", NULL };
	auto_proc p = { .argv = argv, .timeout_ms = 300, PROC_INIT };
	int64_t start = clock_now_ms();
	auto_err *err = proc_run(&p);

	(void)state;
	assert_int_equal(err->code, ERR_TIMEOUT);
	assert_string_equal(err->msg, "'sh' did not end within 300 ms");
	assert_in_range(clock_now_ms() - start, 300, 6000);
	assert_int_equal(p.status, 137);
	for (int i = 0; i < 200 && process_is_there(p.out.buf); i++)
		usleep(10000);
	assert_false(process_is_there(p.out.buf));
}

static void test_deadline_polite(void **state)
{
	const char *argv[] = { "sleep", "100", NULL };
	auto_proc p = { .argv = argv, .timeout_ms = 1000, PROC_INIT };
	auto_err *err = proc_run(&p);

	(void)state;
	assert_string_equal(err->msg, "'sleep' did not end within 1 s");
	assert_int_equal(p.status, 128 + SIGTERM);
}

static void test_flood(void **state)
{
	const char *argv[] = { "sh", "-c", "exec yes >&2", NULL };
	auto_proc p = { .argv = argv, .max_output = 100000, PROC_INIT };
	auto_err *err = proc_run(&p);

	(void)state;
	assert_int_equal(err->code, ERR_FAILED);
	assert_string_equal(err->msg, "'sh' wrote more than 100000 bytes");
	assert_true(p.errout.len <= 100000);
}

/* What stays behind on purpose and keeps the pipes open must not hold us up. */
static void test_daemon(void **state)
{
	const char *argv[] = { "sh", "-c", "sleep 5 & echo $!", NULL };
	auto_proc p = { .argv = argv, PROC_INIT };
	int64_t start = clock_now_ms();

	(void)state;
	assert_null(proc_run(&p));
	assert_true(clock_now_ms() - start < 4000);
	assert_true(process_is_there(p.out.buf));
	kill((pid_t)atoi(p.out.buf), SIGKILL);
}

/* Nothing but the three streams, and signals as programs expect them. */
static void test_inherits_nothing(void **state)
{
	const char *argv[] = { "sh", "-c", "ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status", NULL };
	auto_proc p = { .argv = argv, PROC_INIT };
	int fd = open("/dev/null", O_RDONLY); /* without close-on-exec */
	const char *ignored;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_null(proc_run(&p));
	signal(SIGPIPE, SIG_DFL);
	close(fd);
	/* 0, 1, 2 and the folder that ls reads. */
	assert_int_equal(atoi(p.out.buf), 4);
	/* What the test was started with ignored stays so, as a shell's nohup wants it. */
	ignored = strstr(p.out.buf, "SigIgn:");
	assert_non_null(ignored);
	assert_int_equal(strtoull(ignored + strlen("SigIgn:"), NULL, 16) & 1ULL << (SIGPIPE - 1), 0);
}

static void test_closed_streams(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		const char *argv[] = { "sh", "-c", "cat; echo err >&2", NULL };
		struct proc p = { .argv = argv, .input = "in", .input_len = 2, PROC_INIT };

		close(0);
		close(1);
		close(2);
		if (proc_run(&p) || strcmp(p.out.buf, "in") != 0 || strcmp(p.errout.buf, "err\n") != 0)
			_exit(1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* In a child of its own, because an interrupt stays pending. */
static void test_interrupt(void **state)
{
	int64_t start = clock_now_ms();
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		const char *argv[] = { "sleep", "100", NULL };
		struct proc p = { .argv = argv, PROC_INIT };

		interrupt_install();

		struct err *err = proc_run(&p);

		if (!err || err->code != ERR_INTERRUPTED || p.status != 128 + SIGTERM)
			_exit(1);
		err = proc_run(&p);
		if (!err || err->code != ERR_INTERRUPTED)
			_exit(2);
		argv[1] = "0";
		interrupt_hold(true);
		_exit(proc_run(&p) ? 3 : 0);
	}
	usleep(200000);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_true(clock_now_ms() - start < 10000);
}

/* A child dies with us, even when we are killed. */
static void test_dies_with_parent(void **state)
{
	int pipes[2];
	char text[32] = "";
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		char script[64];
		const char *argv[] = { "sh", "-c", script, NULL };
		struct proc p = { .argv = argv, PROC_INIT };

		close(pipes[0]);
		snprintf(script, sizeof(script), "echo $$ >/proc/%d/fd/%d; exec sleep 100", getpid(), pipes[1]);
		IGNORE(proc_run(&p));
		_exit(0);
	}
	close(pipes[1]);
	assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 200 && process_is_there(text); i++)
		usleep(10000);
	assert_false(process_is_there(text));
	close(pipes[0]);
}

static struct err *fake(struct proc *p, void *data)
{
	p->status = *(int *)data;
	str_add(&p->out, p->argv[0]);
	str_add(&p->errout, "made up\n");
	return NULL;
}

static void test_fake(void **state)
{
	const char *argv[] = { "VBoxManage", NULL };
	auto_proc p = { .argv = argv, PROC_INIT };
	int status = 0;

	(void)state;
	proc_set_fake(fake, &status);
	assert_null(proc_run(&p));
	assert_string_equal(p.out.buf, "VBoxManage");
	status = 1;

	auto_err *err = proc_run(&p);

	proc_set_fake(NULL, NULL);
	assert_string_equal(err->msg, "'VBoxManage' failed with status 1: made up");
}

static void *run_many(void *data)
{
	for (int i = 0; i < 20; i++) {
		const char *argv[] = { "sh", "-c", "cat", NULL };
		auto_proc p = { .argv = argv, .input = "x", .input_len = 1, PROC_INIT };

		if (proc_run(&p) || strcmp(p.out.buf, "x") != 0)
			return data;
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_many, &threads), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *result = NULL;

		pthread_join(threads[i], &result);
		assert_null(result);
	}
}

static void test_lazy(void **state)
{
	static __typeof__(cos) *cosine;
	static void *none;
	const struct lazy_symbol good[] = { { "cos", (void **)&cosine } }, bad[] = { { "no_such_function", &none } };

	(void)state;
	assert_null(lazy_load("libm.so.6", "libc6", good, 1));
	assert_true(cosine(0) == 1);
	assert_null(lazy_load("libm.so.6", "libc6", good, 1));

	auto_err *missing = lazy_load("libnone.so.1", "libnone1", bad, 1),
		 *old = lazy_load("libm.so.6", "libc6", bad, 1);

	assert_int_equal(missing->code, ERR_UNSUPPORTED);
	assert_string_equal(missing->msg, "library 'libnone.so.1' is not installed");
	assert_non_null(strstr(err_hint_of(missing), "libnone1"));
	assert_string_equal(old->msg, "library 'libm.so.6' has no 'no_such_function'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_no_input),
		cmocka_unit_test(test_large_input),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_deadline_polite),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_inherits_nothing),
		cmocka_unit_test(test_closed_streams),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_dies_with_parent),
		cmocka_unit_test(test_fake),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_lazy),
	};

	return cmocka_run_group_tests_name("base proc", tests, NULL, NULL);
}
