/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"

#define PROC_TIMEOUT_MS 60000
#define PROC_MAX_OUTPUT (1u << 20)
/* What a child that was asked to end gets for it, before it is made to. */
#define PROC_GRACE_MS 1000
/* And how long it may take to be gone then. */
#define PROC_KILLED_MS 5000
/* How long a pipe that a daemon keeps open is still read after its starter has ended. */
#define PROC_DRAIN_MS 100
/* How often to look for the end where the kernel has no pidfd (before 5.3). */
#define PROC_LOOK_MS 20

static bool proc_has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	/* Not reaped yet: until then the number of its group cannot become another's. */
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* Read once. A pipe at its end is closed. */
static struct err *proc_gather(struct proc *p, int *fd, struct str *into)
{
	size_t max = p->max_output ? p->max_output : PROC_MAX_OUTPUT;
	char buf[16384];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (n <= 0) {
		mem_closep(fd);
		return NULL;
	}
	if ((size_t)n > max - into->len)
		return err_new(ERR_FAILED, "'%s' wrote more than %zu bytes", p->argv[0], max);
	str_add_mem(into, buf, (size_t)n);
	return NULL;
}

static struct err *proc_late(const struct proc *p, int timeout_ms)
{
	if (timeout_ms % 1000 == 0)
		return err_new(ERR_TIMEOUT, "'%s' did not end within %d s", p->argv[0], timeout_ms / 1000);
	return err_new(ERR_TIMEOUT, "'%s' did not end within %d ms", p->argv[0], timeout_ms);
}

static int proc_least(int a, int b)
{
	return a < b ? a : b;
}

/* Until the child has ended and its pipes are at their end, or a reason to end it comes up. */
static struct err *proc_loop(struct proc *p, struct proc_pipes *c, int pidfd)
{
	int timeout_ms = p->timeout_ms ? p->timeout_ms : PROC_TIMEOUT_MS;
	struct deadline late = deadline_in(timeout_ms), drained = deadline_in(-1);
	bool ended = false;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = c->fd[PROC_OUT], .events = POLLIN },
			{ .fd = c->fd[PROC_ERR], .events = POLLIN },
			{ .fd = ended ? -1 : pidfd, .events = POLLIN },
			{ .fd = interrupt_fd(), .events = POLLIN },
		};
		int wait_ms = proc_least(deadline_left_ms(late), deadline_left_ms(drained));

		poll(fds, ARRAY_SIZE(fds), pidfd < 0 && !ended ? proc_least(wait_ms, PROC_LOOK_MS) : wait_ms);
		if (fds[0].revents)
			TRY(proc_gather(p, &c->fd[PROC_OUT], &p->out));
		if (fds[1].revents)
			TRY(proc_gather(p, &c->fd[PROC_ERR], &p->errout));
		if (!ended && (fds[2].revents || pidfd < 0) && proc_has_ended(c->pid)) {
			ended = true;
			drained = deadline_in(PROC_DRAIN_MS);
		}
		if (ended && ((c->fd[PROC_OUT] < 0 && c->fd[PROC_ERR] < 0) || deadline_passed(drained)))
			return NULL;
		TRY(interrupt_check());
		if (deadline_passed(late))
			return proc_late(p, timeout_ms);
	}
}

/* Ask the whole group to end, then make it. */
static void proc_end_group(pid_t pid, int pidfd)
{
	struct deadline d = deadline_in(PROC_GRACE_MS);

	kill(-pid, SIGTERM);
	while (!deadline_passed(d) && !proc_has_ended(pid)) {
		struct pollfd fd = { .fd = pidfd, .events = POLLIN };

		poll(&fd, 1, pidfd < 0 ? PROC_LOOK_MS : deadline_left_ms(d));
	}
	kill(-pid, SIGKILL);
}

/* One that the kernel holds (a dead NFS, a driver that hangs) ends when it is let go: we do not wait for that. */
static bool proc_await_killed(pid_t pid, int pidfd)
{
	struct deadline d = deadline_in(PROC_KILLED_MS);

	while (!proc_has_ended(pid)) {
		struct pollfd fd = { .fd = pidfd, .events = POLLIN };

		if (deadline_passed(d))
			return false;
		poll(&fd, 1, pidfd < 0 ? PROC_LOOK_MS : deadline_left_ms(d));
	}
	return true;
}

struct err *proc_watch(struct proc *p, struct proc_pipes *c)
{
	auto_close int pidfd = pidfd_open(c->pid, 0);
	int status = 0;

	fcntl(c->fd[PROC_OUT], F_SETFL, O_NONBLOCK);
	fcntl(c->fd[PROC_ERR], F_SETFL, O_NONBLOCK);

	struct err *err = proc_loop(p, c, pidfd);

	if (err) {
		proc_end_group(c->pid, pidfd);
		if (!proc_await_killed(c->pid, pidfd))
			return err;
	}
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return err;
}
