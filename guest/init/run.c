/* SPDX-License-Identifier: Apache-2.0 */
#include "init/run.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/file.h"

#define RUN_MAX 8

static struct {
	pid_t pid; /* 0: free */
	bool ended;
	int status;
} runs[RUN_MAX];

static pthread_mutex_t run_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t run_changed = PTHREAD_COND_INITIALIZER;

/* Between fork and exec of a program with threads: calls that are safe after fork only. */
static void run_child(const struct launch *l)
{
	static const char *const plain[] = { "PATH=" RUN_PATH, "HOME=/root", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	setsid();
	if (l->cgroup) {
		int fd = open(l->cgroup, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(126);
		close(fd);
	}
	if (l->oom) {
		int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

		if (fd >= 0 && write(fd, l->oom, strlen(l->oom)) > 0)
			close(fd);
	}
	dup2(l->in >= 0 ? l->in : null, 0);
	dup2(l->out >= 0 ? l->out : null, 1);
	dup2(1, 2);
	if (l->three == 3)
		fcntl(3, F_SETFD, 0);
	else if (l->three >= 0)
		dup2(l->three, 3);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvpe(l->argv[0], (char *const *)l->argv, (char *const *)(l->env ? l->env : plain));
	_exit(127);
}

pid_t run_start(const struct launch *l)
{
	pid_t pid = fork();

	if (pid == 0)
		run_child(l);
	return pid;
}

bool run_ended(pid_t pid, int status)
{
	bool mine = false;

	pthread_mutex_lock(&run_lock);
	for (int i = 0; i < RUN_MAX; i++) {
		if (runs[i].pid == pid) {
			runs[i].ended = mine = true;
			runs[i].status = status;
		}
	}
	if (mine)
		pthread_cond_broadcast(&run_changed);
	pthread_mutex_unlock(&run_lock);
	return mine;
}

static int run_input(const char *input)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd >= 0 && (write_all(fd, input, strlen(input)) != 0 || lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* With run_lock held: wait for slot's end, kill at the deadline (the end follows that at once). */
static int run_wait(int slot, int timeout_ms)
{
	struct timespec until;
	bool killed = false;

	/* Not the wall clock: the agent sets that while programs run. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000 + 1;
	while (!runs[slot].ended) {
		if (killed) {
			pthread_cond_wait(&run_changed, &run_lock);
		} else if (pthread_cond_clockwait(&run_changed, &run_lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT) {
			killed = true;
			kill(runs[slot].pid, SIGKILL);
		}
	}
	runs[slot].pid = 0;
	if (killed)
		return -1;
	return WIFEXITED(runs[slot].status) ? WEXITSTATUS(runs[slot].status) : 128 + WTERMSIG(runs[slot].status);
}

int run(const char *const argv[], const char *input, int timeout_ms)
{
	struct launch l = { .argv = argv, .in = -1, .out = -1, .three = -1 };
	int slot = 0, status = -1;

	if (input && (l.in = run_input(input)) < 0)
		return -1;
	pthread_mutex_lock(&run_lock);
	while (slot < RUN_MAX && runs[slot].pid != 0)
		slot++;
	if (slot < RUN_MAX) {
		runs[slot].ended = false;
		runs[slot].pid = run_start(&l);
		if (runs[slot].pid > 0)
			status = run_wait(slot, timeout_ms);
		else
			runs[slot].pid = 0;
	}
	pthread_mutex_unlock(&run_lock);
	if (l.in >= 0)
		close(l.in);
	return status;
}
