/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/keep_job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define SAID_MAX ((size_t)8 * 1024 * 1024)

static _Noreturn void job_child(int fd, pid_t parent, void (*work)(void *data, struct str *ret), void *data)
{
	auto_str said = STR_INIT;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	work(data, &said);
	for (size_t at = 0; at < said.len;) {
		ssize_t n = write(fd, said.buf + at, said.len - at);

		if (n < 0 && errno != EINTR)
			_exit(1);
		at += n > 0 ? (size_t)n : 0;
	}
	_exit(0);
}

struct err *keep_job_begin(struct keep_job *j, void (*work)(void *data, struct str *ret), void *data)
{
	pid_t self = getpid();
	int ends[2];

	str_release(&j->said);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(ERR_FAILED, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0)
		job_child(ends[1], self, work, data);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_errno(ERR_FAILED, "cannot start a process");
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	j->pid = pid;
	j->fd = ends[0];
	return NULL;
}

bool keep_job_read(struct keep_job *j, bool *ret_whole)
{
	char buf[16384];
	int status = -1;
	ssize_t n;

	while ((n = read(j->fd, buf, sizeof(buf))) > 0)
		if (j->said.len + (size_t)n <= SAID_MAX)
			str_add_mem(&j->said, buf, (size_t)n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	mem_closep(&j->fd);
	waitpid(j->pid, &status, 0);
	j->pid = 0;
	*ret_whole = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return true;
}

void keep_job_release(struct keep_job *j)
{
	if (j->pid) {
		kill(j->pid, SIGKILL);
		waitpid(j->pid, NULL, 0);
	}
	j->pid = 0;
	mem_closep(&j->fd);
	str_release(&j->said);
}
