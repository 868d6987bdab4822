/* SPDX-License-Identifier: Apache-2.0 */
/* The run of a child from its arguments to the verdict on its status; how it is watched is in proc_watch.c. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/package.h"
#include "base/proc_watch.h"

static proc_fake_fn proc_fake;
static void *proc_fake_data;

void proc_set_fake(proc_fake_fn fn, void *data)
{
	proc_fake = fn;
	proc_fake_data = data;
}

void proc_release(struct proc *p)
{
	str_release(&p->out);
	str_release(&p->errout);
}

static bool proc_is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

struct err *proc_find(const char *program, char **ret)
{
	const char *path = getenv("PATH");
	auto_list dirs = { 0 };

	if (strchr(program, '/')) {
		if (!proc_is_program(program))
			return err_new(ERR_NOT_FOUND, "program '%s' is not installed", program);
		return fs_absolute(program, ret);
	}
	list_split(&dirs, path ? path : "/usr/local/bin:/usr/bin:/bin", ':', true);
	for (size_t i = 0; i < dirs.n; i++) {
		auto_free char *full = fs_join(dirs.items[i], program);

		/* Only absolute folders: what runs must not depend on where the user stands. */
		if (*full != '/' || !proc_is_program(full))
			continue;
		*ret = TAKE(full);
		return NULL;
	}
	return err_new(ERR_NOT_FOUND, "program '%s' is not installed", program);
}

static void proc_log(const char *const *argv)
{
	auto_str line = STR_INIT;

	if (!log_is_debug())
		return;
	for (const char *const *arg = argv; *arg; arg++) {
		if (arg > argv)
			str_add_char(&line, ' ');
		str_add_shell(&line, *arg);
	}
	log_debug("run: %s", line.buf);
}

static void proc_pipes_release(struct proc_pipes *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(c->fd); i++)
		mem_closep(&c->fd[i]);
}

/* Never 0, 1 or 2: when a caller has these closed, the child's dup2 would overwrite what it still needs. */
static int proc_high_fd(int fd)
{
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;

	int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	close(fd);
	return high;
}

static struct err *proc_open_pipe(int *ret_read, int *ret_write)
{
	int ends[2] = { -1, -1 };

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(ERR_FAILED, "cannot make a pipe");
	*ret_read = proc_high_fd(ends[0]);
	*ret_write = proc_high_fd(ends[1]);
	if (*ret_read < 0 || *ret_write < 0)
		return err_errno(ERR_FAILED, "cannot make a pipe");
	return NULL;
}

/* The input as a file in memory: nothing to feed while the child runs, and nothing on a disk. */
static struct err *proc_open_input(const struct proc *p, int *ret)
{
	int fd = p->input ? memfd_create("input", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);

	fd = proc_high_fd(fd);
	*ret = fd;
	if (fd < 0)
		return err_errno(ERR_FAILED, "cannot make the input of '%s'", p->argv[0]);
	for (size_t at = 0; p->input && at < p->input_len;) {
		ssize_t n = write(fd, p->input + at, p->input_len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_FAILED, "cannot make the input of '%s'", p->argv[0]);
		at += (size_t)n;
	}
	if (p->input && lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(ERR_FAILED, "cannot make the input of '%s'", p->argv[0]);
	return NULL;
}

/* Between fork and exec of a program with threads: only async-signal-safe calls. */
static _Noreturn void proc_child(const char *path, const struct proc *p, char *const *env, const struct proc_pipes *c,
				 pid_t parent)
{
	int reason;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have died before that. */
	if (getppid() != parent)
		_exit(127);
	if (dup2(c->fd[PROC_IN], STDIN_FILENO) >= 0 && dup2(c->fd[PROC_OUT_CHILD], STDOUT_FILENO) >= 0 &&
	    dup2(c->fd[PROC_ERR_CHILD], STDERR_FILENO) >= 0) {
		interrupt_reset_child();
		/* Also what our own parent left open, say a pipe of a test runner that waits for its end. */
		close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
		execve(path, (char *const *)p->argv, env);
	}
	reason = errno;

	ssize_t n = write(c->fd[PROC_EXEC_CHILD], &reason, sizeof(reason));

	(void)n;
	_exit(127);
}

/* Ours with those of p in place of others of their names. The caller frees the array alone. */
static char **proc_env(const struct proc *p)
{
	size_t ours = 0, n = 0, more = 0;

	while (environ[ours])
		ours++;
	while (p->env && p->env[more])
		more++;
	char **env = xcalloc(ours + more + 1, sizeof(*env));
	for (size_t i = 0; i < ours; i++) {
		bool hidden = false;

		for (size_t k = 0; k < more; k++)
			hidden |= strncmp(environ[i], p->env[k], strcspn(p->env[k], "=") + 1) == 0;
		if (!hidden)
			env[n++] = environ[i];
	}
	for (size_t k = 0; k < more; k++)
		env[n++] = (char *)p->env[k];
	return env;
}

static struct err *proc_start(const char *path, struct proc *p, struct proc_pipes *c)
{
	auto_free char **env = proc_env(p);
	pid_t self = getpid();
	int reason = 0;
	ssize_t n;

	TRY(proc_open_input(p, &c->fd[PROC_IN]));
	TRY(proc_open_pipe(&c->fd[PROC_OUT], &c->fd[PROC_OUT_CHILD]));
	TRY(proc_open_pipe(&c->fd[PROC_ERR], &c->fd[PROC_ERR_CHILD]));
	TRY(proc_open_pipe(&c->fd[PROC_EXEC], &c->fd[PROC_EXEC_CHILD]));
	c->pid = fork();
	if (c->pid < 0)
		return err_errno(ERR_FAILED, "cannot start '%s'", p->argv[0]);
	if (c->pid == 0)
		proc_child(path, p, env, c, self);
	mem_closep(&c->fd[PROC_IN]);
	mem_closep(&c->fd[PROC_OUT_CHILD]);
	mem_closep(&c->fd[PROC_ERR_CHILD]);
	mem_closep(&c->fd[PROC_EXEC_CHILD]);
	/* exec closes it without a word; a failure sends its errno. */
	do
		n = read(c->fd[PROC_EXEC], &reason, sizeof(reason));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(reason)) {
		waitpid(c->pid, NULL, 0);
		errno = reason;
		return err_errno(ERR_FAILED, "cannot run '%s'", path);
	}
	return NULL;
}

/* The last line that is not blank, made fit for a message. */
static char *proc_last_line(const struct str *text)
{
	static const size_t most = 300;
	size_t end = text->len, start;
	auto_str line = STR_INIT;

	while (end && ((unsigned char)text->buf[end - 1] <= ' '))
		end--;
	for (start = end; start && text->buf[start - 1] != '\n' && text->buf[start - 1] != '\r'; start--)
		;
	for (size_t i = start; i < end && line.len < most; i++) {
		unsigned char c = (unsigned char)text->buf[i];

		str_add_char(&line, c < ' ' || c == 0x7f ? ' ' : (char)c);
	}
	return str_detach(&line);
}

static struct err *proc_judge(const struct proc *p)
{
	auto_free char *line = proc_last_line(&p->errout);

	if (p->status == 0 || p->any_status)
		return NULL;
	if (p->status > 128)
		return err_new(ERR_FAILED, "'%s' was ended by signal %d (%s)", p->argv[0], p->status - 128,
			       strsignal(p->status - 128));
	return err_new(ERR_FAILED, "'%s' failed with status %d%s%s", p->argv[0], p->status, *line ? ": " : "", line);
}

struct err *proc_run(struct proc *p)
{
	__attribute__((cleanup(proc_pipes_release))) struct proc_pipes c = { .fd = { -1, -1, -1, -1, -1, -1, -1 } };
	auto_free char *path = NULL;

	proc_release(p);
	p->status = 0;
	proc_log(p->argv);
	if (proc_fake) {
		TRY(proc_fake(p, proc_fake_data));
		return proc_judge(p);
	}
	TRY(interrupt_check());

	struct err *missing = proc_find(p->argv[0], &path);

	if (missing && p->missing_package)
		return err_package(missing, p->missing_package);
	if (missing)
		return p->missing_hint ? err_hint(missing, "%s", p->missing_hint) : missing;
	TRY(proc_start(path, p, &c));
	TRY(proc_watch(p, &c));
	return proc_judge(p);
}

/* The terminal tells a Ctrl-C to it too, being in our group; what was sent to us alone is passed on, once. */
static int proc_attend(pid_t pid)
{
	bool told = false;
	int status = 0;

	for (;;) {
		pid_t ended = waitpid(pid, &status, 0);

		if (ended == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (ended < 0 && errno != EINTR)
			return 1;
		if (interrupt_pending() && !told) {
			kill(pid, SIGTERM);
			told = true;
		}
	}
}

struct err *proc_attended(const char *const *argv, int *ret_status)
{
	auto_free char *path = NULL;
	pid_t self = getpid();

	proc_log(argv);
	TRY(interrupt_check());
	TRY(proc_find(argv[0], &path));
	fflush(stdout);
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(ERR_FAILED, "cannot start '%s'", argv[0]);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() == self) {
			interrupt_reset_child();
			execv(path, (char *const *)argv);
		}
		_exit(127);
	}
	*ret_status = proc_attend(pid);
	return interrupt_check();
}

struct err *proc_exec(const char *const *argv)
{
	auto_free char *path = NULL;

	TRY(proc_find(argv[0], &path));
	interrupt_reset_child();
	execv(path, (char *const *)argv);
	return err_errno(ERR_FAILED, "cannot run '%s'", path);
}
