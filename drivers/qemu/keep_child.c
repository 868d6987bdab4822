/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/keep_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/qemu/args.h"
#include "drivers/qemu/complaint.h"
#include "drivers/qemu/paths.h"
#include "drivers/vm/tsc.h"
#include "guest/contract.h"

#define LOG_MAX (256 * 1024)

/*
 * Sockets that are made before QEMU starts: no path, so no limit of its length, nothing to remove, and nobody else can
 * connect.
 */
static struct err *run_sockets(int ours[KEEP_SOCKETS], int theirs[KEEP_SOCKETS])
{
	for (size_t i = 0; i < KEEP_SOCKETS; i++) {
		int ends[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
			return err_errno(ERR_FAILED, "cannot make a socket");
		ours[i] = ends[0];
		theirs[i] = ends[1];
	}
	return NULL;
}

/* Each connection to a forwarded port takes QEMU a descriptor or two; shells limit a program to 1024 of them. */
static void run_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Between fork and exec. What of keep stays open goes with QEMU. */
static _Noreturn void run_child(char *const *argv, int error_fd, const int *keep, size_t keep_n, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(error_fd, STDERR_FILENO);
	for (size_t i = 0; i < keep_n; i++)
		fcntl(keep[i], F_SETFD, 0);
	run_raise_files();
	interrupt_reset_child();
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run '%s': %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void run_args(const struct qemu_order *o, const int theirs[KEEP_SOCKETS], struct list *ret)
{
	auto_free char *mac = *o->config.mac ? xstrdup(o->config.mac) : qemu_mac(o->store, o->name);
	struct qemu_launch l = {
		.name = o->name,
		.config = &o->config,
		.binary = o->binary,
		.kvm = o->kvm,
		.cpus = o->cpus,
		.qboot = o->qboot,
		.mac = mac,
		.vmlinux = o->vmlinux,
		.initrd = o->initrd,
		.root = o->root,
		.cmdline = o->cmdline,
		.disk = o->disk,
		.seed = o->seed,
		.qmp_fd = theirs[KEEP_QMP],
		.agent_fd = theirs[KEEP_AGENT],
		.console_fd = theirs[KEEP_CONSOLE],
	};

	l.tsc_khz = o->kvm ? 0 : tsc_khz();
	qemu_args(&l, ret);
}

/* QEMU would only say that a rule could not be set up; say which port, and what can be done. */
static struct err *run_check_port(const char *proto, const char *address, int port)
{
	switch (loopback_bind_test(proto, address, port, true)) {
	case LOOPBACK_TAKEN:
		return err_hint(err_new(ERR_FAILED, "port %d of %s is taken by another program", port, address),
				"See by which: ss -lntup 'sport = :%d'", port);
	case LOOPBACK_PRIVILEGED:
		return err_hint(
			err_new(ERR_FAILED, "port %d needs a privilege", port),
			"Allow it (sudo sysctl net.ipv4.ip_unprivileged_port_start=%d) or forward another port.", port);
	case LOOPBACK_IMPOSSIBLE:
		return err_hint(err_new(ERR_FAILED, "address %s cannot be used", address),
				"The loopback interface must be up: ip address show lo");
	default:
		return NULL;
	}
}

static struct err *run_check_ports(const struct qemu_config *c)
{
	TRY(run_check_port("tcp", c->address, VM_ENGINE_PORT));
	TRY(run_check_port("tcp", c->address, VM_LOOPBACK_SSH_PORT));
	for (size_t i = 0; i < c->forwards_n; i++)
		TRY(run_check_port(c->forwards[i].proto, c->address, c->forwards[i].host_port));
	return NULL;
}

/* error_fd: the end of the pipe that QEMU's stderr is. */
static struct err *run_fork(struct keep_child *c, const struct qemu_order *o, int error_fd, int lock_fd,
			    const int theirs[KEEP_SOCKETS])
{
	const int keep[] = { theirs[KEEP_QMP], theirs[KEEP_AGENT], theirs[KEEP_CONSOLE], lock_fd };
	auto_list argv = { 0 };
	pid_t parent = getpid();

	run_args(o, theirs, &argv);
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(ERR_FAILED, "cannot start QEMU");
	if (pid == 0)
		run_child(argv.items, error_fd, keep, ARRAY_SIZE(keep), parent);
	c->pid = pid;
	return NULL;
}

struct err *keep_child_run(struct keep_child *c, const struct qemu_order *o, int lock_fd, int ours[KEEP_SOCKETS])
{
	int theirs[KEEP_SOCKETS] = { -1, -1, -1 }, pipe_fds[2];

	TRY(run_check_ports(&o->config));
	struct err *e = run_sockets(ours, theirs);
	if (!e && pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		e = err_errno(ERR_FAILED, "cannot make a pipe");
	if (!e) {
		c->error_fd = pipe_fds[0];
		fcntl(pipe_fds[1], F_SETFL, 0);
		e = run_fork(c, o, pipe_fds[1], lock_fd, theirs);
		close(pipe_fds[1]);
	}
	for (size_t i = 0; i < KEEP_SOCKETS; i++)
		mem_closep(&theirs[i]);
	return e;
}

static void error_keep(struct keep_child *c, const char *data, size_t n)
{
	size_t max = sizeof(c->error_tail);

	if (n > max) {
		data += n - max;
		n = max;
	}
	size_t drop = c->error_len + n > max ? c->error_len + n - max : 0;
	memmove(c->error_tail, c->error_tail + drop, c->error_len - drop);
	memcpy(c->error_tail + c->error_len - drop, data, n);
	c->error_len += n - drop;
}

bool keep_child_read(struct keep_child *c)
{
	char buf[4096];

	if (c->error_fd < 0)
		return false;
	ssize_t n = read(c->error_fd, buf, sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		mem_closep(&c->error_fd);
		return false;
	}
	error_keep(c, buf, (size_t)n);
	/* Our own stderr is the keeper's log. */
	if (c->log_len + (size_t)n <= LOG_MAX && write(STDERR_FILENO, buf, (size_t)n) > 0)
		c->log_len += (size_t)n;
	return true;
}

bool keep_child_has_ended(struct keep_child *c)
{
	if (!c->pid || waitpid(c->pid, &c->status, WNOHANG) != c->pid)
		return false;
	c->pid = 0;
	return true;
}

char *keep_child_reason(const struct keep_child *c, const char *known)
{
	auto_free char *complaint = complaint_text(c->error_tail, c->error_len);
	const char *colon = *complaint ? ": " : "";

	if (known)
		return xstrdup(known);
	if (WIFSIGNALED(c->status))
		return xasprintf("QEMU was ended by signal %d (%s)%s%s", WTERMSIG(c->status),
				 strsignal(WTERMSIG(c->status)), colon, complaint);
	return xasprintf("QEMU ended with status %d%s%s", WEXITSTATUS(c->status), colon, complaint);
}

struct err *keep_child_error(const struct keep_child *c, const char *known)
{
	auto_free char *reason = keep_child_reason(c, known);
	const char *cure = complaint_cure(reason);
	struct err *e = err_new(ERR_FAILED, "%s", reason);

	return cure ? err_hint(e, "%s", cure) : e;
}

void keep_child_note_end(const struct keep_child *c, const char *dir, bool clean, const char *reason)
{
	auto_free char *path = fs_join(dir, QEMU_FILE_LAST_EXIT);
	auto_json *tree = json_object();
	bool by_signal = WIFSIGNALED(c->status);

	json_set_int(tree, "version", 1);
	json_set_int(tree, "when", time(NULL));
	json_set_bool(tree, "clean", clean);
	json_set_int(tree, "status", by_signal ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status));
	json_set_str(tree, "reason", reason);
	auto_free char *text = json_print(tree, 4);
	IGNORE(fs_write(path, text, strlen(text), 0600));
}
