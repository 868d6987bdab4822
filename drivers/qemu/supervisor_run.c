/* SPDX-License-Identifier: Apache-2.0 */
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
#include "drivers/qemu/supervisor.h"
#include "drivers/vm/tsc.h"
#include "guest/contract.h"

/* QMP answers to "human-monitor-command" and events are short; "query" commands, which are not, are never sent. */
#define QMP_LINE_MAX (256 * 1024)

/*
 * Sockets that are made before QEMU starts: no path, so no limit of its length, nothing to remove, and nobody else can
 * connect.
 */
static struct err *run_sockets(struct sup *s)
{
	int ours[3];

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		int ends[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
			return err_errno(ERR_FAILED, "cannot make a socket");
		ours[i] = ends[0];
		s->qemu_ends[i] = ends[1];
		if (i == 0)
			chan_open(&s->qmp, ours[i], QMP_LINE_MAX);
		else if (i == 1)
			chan_open(&s->agent, ours[i], GUEST_LINE_MAX);
		else
			s->console.fd = ours[i];
	}
	fcntl(s->console.fd, F_SETFL, O_NONBLOCK);
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

/* Between fork and exec. The lock goes with QEMU, so that it is held until both are gone. */
static _Noreturn void run_child(struct sup *s, char *const *argv, int error_fd, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(error_fd, STDERR_FILENO);
	for (size_t i = 0; i < ARRAY_SIZE(s->qemu_ends); i++)
		fcntl(s->qemu_ends[i], F_SETFD, 0);
	fcntl(s->lock_fd, F_SETFD, 0);
	run_raise_files();
	interrupt_reset_child();
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run '%s': %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void run_args(struct sup *s, struct list *ret)
{
	const struct qemu_order *o = &s->order;
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
		.qmp_fd = s->qemu_ends[0],
		.agent_fd = s->qemu_ends[1],
		.console_fd = s->qemu_ends[2],
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

struct err *sup_run(struct sup *s)
{
	auto_list argv = { 0 };
	pid_t parent = getpid();
	int pipe_fds[2];

	TRY(run_check_ports(&s->order.config));
	TRY(run_sockets(s));
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_errno(ERR_FAILED, "cannot make a pipe");
	s->error_fd = pipe_fds[0];
	auto_close int theirs = pipe_fds[1];
	fcntl(theirs, F_SETFL, 0);
	run_args(s, &argv);
	s->qemu = fork();
	if (s->qemu < 0) {
		s->qemu = 0;
		return err_errno(ERR_FAILED, "cannot start QEMU");
	}
	if (s->qemu == 0)
		run_child(s, argv.items, theirs, parent);
	for (size_t i = 0; i < ARRAY_SIZE(s->qemu_ends); i++)
		mem_closep(&s->qemu_ends[i]);
	s->start_by = deadline_in(SUP_START_MS);
	/* Now, not when QMP answers: a guest that fails at once must not have its words forgotten then. */
	sup_boot_begins(s);
	return NULL;
}

void sup_reap(struct sup *s)
{
	int status;

	if (!s->qemu || waitpid(s->qemu, &status, WNOHANG) != s->qemu)
		return;
	s->qemu = 0;
	s->qemu_status = status;
	s->done = true;
}

char *sup_end_reason(const struct sup *s)
{
	auto_free char *complaint = complaint_text(s->error_tail, s->error_len);

	if (s->reason)
		return xstrdup(s->reason);
	if (WIFSIGNALED(s->qemu_status))
		return xasprintf("QEMU was ended by signal %d (%s)%s%s", WTERMSIG(s->qemu_status),
				 strsignal(WTERMSIG(s->qemu_status)), *complaint ? ": " : "", complaint);
	return xasprintf("QEMU ended with status %d%s%s", WEXITSTATUS(s->qemu_status), *complaint ? ": " : "",
			 complaint);
}

struct err *sup_end_error(const struct sup *s)
{
	auto_free char *reason = sup_end_reason(s);
	const char *cure = complaint_cure(reason);
	struct err *e = err_new(ERR_FAILED, "%s", reason);

	return cure ? err_hint(e, "%s", cure) : e;
}

void sup_write_last_exit(const struct sup *s)
{
	auto_free char *path = fs_join(s->order.dir, QEMU_FILE_LAST_EXIT);
	auto_free char *reason = sup_end_reason(s);
	auto_json *tree = cJSON_CreateObject();
	bool by_signal = WIFSIGNALED(s->qemu_status);

	json_set_int(tree, "version", 1);
	json_set_int(tree, "when", time(NULL));
	json_set_bool(tree, "clean", s->clean);
	json_set_int(tree, "status", by_signal ? 128 + WTERMSIG(s->qemu_status) : WEXITSTATUS(s->qemu_status));
	json_set_str(tree, "reason", reason);
	auto_free char *text = json_print(tree, 4);
	IGNORE(fs_write(path, text, strlen(text), 0600));
}
