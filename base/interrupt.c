/* SPDX-License-Identifier: Apache-2.0 */
#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/mem.h"

static const int interrupt_signals[] = { SIGINT, SIGTERM, SIGHUP };

static atomic_bool interrupt_seen;
static bool interrupt_ignored_pipe;
static int interrupt_pipe[2] = { -1, -1 };
/* Of one thread: while one machine is being undone, the waits of the others still end. */
static _Thread_local int interrupt_held;

static void interrupt_handler(int sig)
{
	int saved = errno;

	if (atomic_exchange(&interrupt_seen, true)) {
		if (sig == SIGINT) {
			/* Pending until this handler returns, then it ends us as the shell expects it. */
			signal(SIGINT, SIG_DFL);
			raise(SIGINT);
		}
	} else {
		/* Never drained, so that each thread's poll sees it. A flag alone would wake one thread only. */
		ssize_t n = write(interrupt_pipe[1], "", 1);

		(void)n;
	}
	errno = saved;
}

void interrupt_install(void)
{
	struct sigaction action = { .sa_handler = interrupt_handler, .sa_flags = 0 };

	if (interrupt_pipe[0] >= 0)
		return;
	if (pipe2(interrupt_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		interrupt_pipe[0] = interrupt_pipe[1] = -1;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(interrupt_signals); i++) {
		struct sigaction old;

		/* nohup and background jobs of a shell have a signal ignored on purpose. */
		if (sigaction(interrupt_signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigaction(interrupt_signals[i], &action, NULL);
	}
	interrupt_ignored_pipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	/* A file that is too large is an error of write, which is undone; the signal would leave half a file. */
	signal(SIGXFSZ, SIG_IGN);
}

bool interrupt_pipe_was_ignored(void)
{
	return interrupt_ignored_pipe;
}

bool interrupt_pending(void)
{
	return interrupt_seen && !interrupt_held;
}

struct err *interrupt_check(void)
{
	return interrupt_pending() ? err_new(ERR_INTERRUPTED, "interrupted") : NULL;
}

void interrupt_hold(bool hold)
{
	if (hold)
		interrupt_held++;
	else if (interrupt_held)
		interrupt_held--;
}

int interrupt_fd(void)
{
	return interrupt_held ? -1 : interrupt_pipe[0];
}

void interrupt_reset_child(void)
{
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(interrupt_signals); i++) {
		struct sigaction old;

		if (sigaction(interrupt_signals[i], NULL, &old) == 0 && old.sa_handler == interrupt_handler)
			signal(interrupt_signals[i], SIG_DFL);
	}
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
