/* SPDX-License-Identifier: Apache-2.0 */
/* Time and interrupts. Signals are tried in children, because the flag of a process stays set. */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"

struct steps {
	int calls, done_at;
	bool fail;
};

static struct err *step(void *data, bool *done)
{
	struct steps *s = data;

	s->calls++;
	if (s->fail)
		return err_new(ERR_WRONG_STATE, "broken");
	*done = s->calls == s->done_at;
	return NULL;
}

static void test_retry(void **state)
{
	int64_t now = 1000;
	struct steps s = { .done_at = 4 };

	(void)state;
	clock_set_fake(&now);
	assert_null(retry_until(deadline_in(180000), 100, "it", step, &s));
	assert_int_equal(s.calls, 4);
	assert_int_equal(now, 1000 + 100 + 200 + 400);

	s = (struct steps){ .fail = true };

	auto_err *broken = retry_until(deadline_in(1000), 100, "it", step, &s);

	assert_int_equal(broken->code, ERR_WRONG_STATE);
	assert_int_equal(s.calls, 1);
	s = (struct steps){ 0 };
	now = 0;

	auto_err *late = retry_until(deadline_in(180000), 100, "it", step, &s);

	assert_int_equal(late->code, ERR_TIMEOUT);
	assert_string_equal(late->msg, "timed out waiting for 'it'");
	/* The last pause ends at the deadline, and there is one try after it. */
	assert_int_equal(now, 180000);
	assert_in_range(s.calls, 180000 / 1600, 180000 / 1600 + 8);
	clock_set_fake(NULL);
}

static void test_deadline(void **state)
{
	int64_t now = 50;

	(void)state;
	clock_set_fake(&now);

	struct deadline d = deadline_in(10), never = deadline_in(-1), far = deadline_in(INT_MAX);

	assert_int_equal(deadline_left_ms(d), 10);
	assert_int_equal(clock_now_us(), 50000);
	now = 60;
	assert_true(deadline_passed(d));
	assert_int_equal(deadline_left_ms(never), INT_MAX);
	assert_false(deadline_passed(far));
	clock_set_fake(NULL);
}

static void test_pause(void **state)
{
	int64_t start = clock_now_ms();

	(void)state;
	assert_null(clock_pause(30));
	assert_in_range(clock_now_ms() - start, 30, 3000);
}

/* Run fn in a child; its exit status, or 128 + the signal that ended it. */
static int in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* Shells start what runs in the background with it ignored. */
		signal(SIGINT, SIG_DFL);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond))                                                                                           \
			_exit(__LINE__ % 120 + 1);                                                                     \
	} while (0)

static void child_interrupt(void)
{
	interrupt_install();
	CHECK(!interrupt_pending() && !interrupt_check());
	raise(SIGTERM);
	CHECK(interrupt_pending());

	auto_err *err = clock_pause(60000);

	CHECK(err && err->code == ERR_INTERRUPTED);
	interrupt_hold(true);
	CHECK(!interrupt_pending() && !clock_pause(20));
	interrupt_hold(false);
	CHECK(interrupt_pending());
}

static void *wait_long(void *arg)
{
	(void)arg;
	return clock_pause(60000);
}

/* Every waiting thread ends, not only the one that the kernel gives the signal to. */
static void child_threads(void)
{
	pthread_t threads[4];

	interrupt_install();
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK(pthread_create(&threads[i], NULL, wait_long, NULL) == 0);
	usleep(50000);
	kill(getpid(), SIGINT);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *err = NULL;

		CHECK(pthread_join(threads[i], &err) == 0);
		CHECK(err && ((struct err *)err)->code == ERR_INTERRUPTED);
		err_free(err);
	}
}

static void child_second(void)
{
	interrupt_install();
	raise(SIGINT);
	raise(SIGTERM);
	raise(SIGHUP);
	raise(SIGINT);
	_exit(1);
}

static void child_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	interrupt_install();
	raise(SIGHUP);
	raise(SIGPIPE);
	CHECK(!interrupt_pending());
}

static void test_interrupt(void **state)
{
	int64_t start = clock_now_ms();

	(void)state;
	assert_int_equal(in_child(child_interrupt), 0);
	assert_int_equal(in_child(child_threads), 0);
	assert_int_equal(in_child(child_second), 128 + SIGINT);
	assert_int_equal(in_child(child_ignored), 0);
	assert_true(clock_now_ms() - start < 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests_name("base clock", tests, NULL, NULL);
}
