/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/keep_ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "drivers/kvm/keep_ssh_words.h"
#include "drivers/link/text.h"
#include "drivers/net/loopback.h"

#define ORDER_MS 10000
#define START_MS 30000
#define LOOK_MS 50   /* while it is on its way up: nothing tells that */
#define AGAIN_MS 500 /* between tries, doubled up to: */
#define AGAIN_MAX_MS 15000
#define LOG_LINES 2

/* It dies with us. error_fd: its stderr; -1: our log. */
static _Noreturn void ssh_child(char *const *argv, int error_fd, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	if (error_fd >= 0)
		dup2(error_fd, STDERR_FILENO);
	interrupt_reset_child();
	execvp(argv[0], argv);
	_exit(127);
}

static struct err *ssh_fork(char *const *argv, int error_fd, pid_t *ret)
{
	pid_t parent = getpid();

	*ret = fork();
	if (*ret == 0)
		ssh_child(argv, error_fd, parent);
	if (*ret > 0)
		return NULL;
	*ret = 0;
	return err_errno(ERR_FAILED, "cannot start ssh");
}

/* --- the connection --- */

/* What ssh said went into our log. */
static struct err *ssh_failure(const struct keep_ssh *w)
{
	auto_free char *path = fs_join(w->kvm->env->dir, KVM_FILE_LOG);
	auto_free char *tail = text_console_tail(path, LOG_LINES);
	auto_list host = { 0 };
	auto_str line = STR_INIT;

	IGNORE(ssh_words_host(w->kvm, &host));
	text_clean(&line, tail, strlen(tail), 400, false);
	const char *said = line.buf ? line.buf + strspn(line.buf, " ") : "";
	return err_hint(err_new(ERR_NETWORK, "ssh to '%s', behind which the machine is, failed: %s",
				host.n ? host.items[0] : "?", *said ? said : "it gives no reason"),
			"It must log in without a question: ssh %s true. Another way there: --kvm-jump [USER@]HOST",
			host.n ? host.items[0] : "HOST");
}

static bool ssh_is_up(const struct keep_ssh *w)
{
	const char *address = w->kvm->config.address;

	return loopback_bind_test("tcp", address, VM_ENGINE_PORT, true) == LOOPBACK_TAKEN &&
	       loopback_bind_test("tcp", address, VM_LOOPBACK_SSH_PORT, true) == LOOPBACK_TAKEN && fs_exists(w->socket);
}

/* Takes e, NULL: it is up. */
static void ssh_set(struct keep_ssh *w, bool up, struct err *e)
{
	w->up = up;
	err_free(w->failed);
	w->failed = e;
	w->look_at = w->up_by = deadline_in(-1);
	if (up)
		w->pause_ms = AGAIN_MS;
	w->changed(w->data);
}

static void ssh_again(struct keep_ssh *w)
{
	w->again_at = deadline_in(w->pause_ms);
	w->pause_ms = w->pause_ms * 2 > AGAIN_MAX_MS ? AGAIN_MAX_MS : w->pause_ms * 2;
}

static struct err *ssh_start(struct keep_ssh *w)
{
	auto_list argv = { 0 };

	if (!w->dir) {
		TRY(ssh_words_dir(w->kvm, &w->dir));
		w->socket = fs_join(w->dir, "ssh");
	}
	unlink(w->socket);
	TRY(ssh_words_master(w->kvm, w->socket, &argv));
	TRY(ssh_fork(argv.items, -1, &w->pid));
	w->up_by = deadline_in(START_MS);
	w->look_at = deadline_in(LOOK_MS);
	return NULL;
}

void keep_ssh_init(struct keep_ssh *w, const struct kvm *k)
{
	w->kvm = k;
	w->pause_ms = AGAIN_MS;
	w->again_at = w->look_at = w->up_by = deadline_in(-1);
	for (size_t i = 0; i < KEEP_SSH_ORDERS; i++)
		w->orders[i].error_fd = -1;
}

static void ssh_try(struct keep_ssh *w)
{
	struct err *e = ssh_start(w);

	w->again_at = deadline_in(-1);
	if (!e)
		return;
	ssh_again(w);
	ssh_set(w, false, e);
}

void keep_ssh_begin(struct keep_ssh *w)
{
	if (w->pid == 0)
		ssh_try(w);
}

/* --- orders for ports --- */

static struct err *ssh_order_start(struct keep_ssh *w, struct keep_ssh_order *o, const struct port *p, bool add)
{
	auto_free char *forward = ssh_words_forward(w->kvm, p->number, p->number);
	auto_list argv = { 0 };
	int ends[2];

	TRY(ssh_words(w->kvm, w->socket, &argv));
	list_add(&argv, "-O");
	list_add(&argv, add ? "forward" : "cancel");
	list_add(&argv, "-L");
	list_add(&argv, forward);
	TRY(ssh_words_host(w->kvm, &argv));
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_errno(ERR_FAILED, "cannot make a pipe");
	struct err *e = ssh_fork(argv.items, ends[1], &o->pid);
	close(ends[1]);
	if (e) {
		close(ends[0]);
		return e;
	}
	o->error_fd = ends[0];
	o->number = p->number;
	memcpy(o->proto, p->proto, sizeof(o->proto));
	o->by = deadline_in(ORDER_MS);
	return NULL;
}

void keep_ssh_port(struct keep_ssh *w, const struct port *p, bool add)
{
	struct keep_ssh_order *o = w->orders;

	if (!str_eq(p->proto, "tcp")) {
		w->carried(w->data, p->proto, p->number,
			   "the machine is reached through ssh, which carries no UDP; give it a route, or "
			   "publish over TCP");
		return;
	}
	while (o < w->orders + KEEP_SSH_ORDERS && o->pid)
		o++;
	auto_err *e =
		o == w->orders + KEEP_SSH_ORDERS ? err_new(ERR_FAILED, "ssh is busy") : ssh_order_start(w, o, p, add);
	auto_free char *problem = e ? err_text(e) : NULL;
	if (problem)
		w->carried(w->data, p->proto, p->number, problem);
}

/* The last line that it said. What does not fit into a pipe is not asked for. */
static char *ssh_order_problem(const struct keep_ssh_order *o, int status)
{
	char buf[4096];
	ssize_t n = read(o->error_fd, buf, sizeof(buf) - 1);
	auto_str clean = STR_INIT;

	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
		n--;
	buf[n > 0 ? n : 0] = '\0';
	const char *line = strrchr(buf, '\n');
	text_clean(&clean, line ? line + 1 : buf, strlen(line ? line + 1 : buf), 200, false);
	if (WIFSIGNALED(status))
		return xasprintf("'ssh' was ended by signal %d", WTERMSIG(status));
	return xasprintf("'ssh' failed with status %d%s%s", WEXITSTATUS(status), clean.len ? ": " : "",
			 clean.len ? clean.buf : "");
}

static void ssh_order_child(struct keep_ssh *w, struct keep_ssh_order *o)
{
	int status;

	if (!o->pid || waitpid(o->pid, &status, WNOHANG) != o->pid)
		return;
	auto_free char *problem = status == 0 ? NULL : ssh_order_problem(o, status);
	o->pid = 0;
	mem_closep(&o->error_fd);
	w->carried(w->data, o->proto, o->number, problem);
}

/* --- all of it --- */

static void ssh_orders_end(struct keep_ssh *w)
{
	for (size_t i = 0; i < KEEP_SSH_ORDERS; i++) {
		struct keep_ssh_order *o = &w->orders[i];

		if (o->pid) {
			kill(o->pid, SIGKILL);
			waitpid(o->pid, NULL, 0);
		}
		o->pid = 0;
		mem_closep(&o->error_fd);
	}
}

void keep_ssh_child(struct keep_ssh *w)
{
	for (size_t i = 0; i < KEEP_SSH_ORDERS; i++)
		ssh_order_child(w, &w->orders[i]);
	if (w->pid <= 0 || waitpid(w->pid, NULL, WNOHANG) != w->pid)
		return;
	w->pid = 0;
	ssh_orders_end(w);
	ssh_again(w);
	ssh_set(w, false,
		deadline_passed(w->up_by) ? err_new(ERR_TIMEOUT, "timed out waiting for ssh to the hypervisor's host")
					  : ssh_failure(w));
}

void keep_ssh_turn(struct keep_ssh *w)
{
	if (deadline_passed(w->again_at) && w->pid == 0)
		ssh_try(w);
	if (w->pid && !w->up && deadline_passed(w->look_at)) {
		w->look_at = deadline_in(LOOK_MS);
		if (ssh_is_up(w))
			ssh_set(w, true, NULL);
		else if (deadline_passed(w->up_by))
			kill(w->pid, SIGKILL); /* keep_ssh_child hears of it */
	}
	for (size_t i = 0; i < KEEP_SSH_ORDERS; i++)
		if (w->orders[i].pid && deadline_passed(w->orders[i].by))
			kill(w->orders[i].pid, SIGKILL);
}

struct deadline keep_ssh_due(const struct keep_ssh *w)
{
	struct deadline next = w->pid ? w->look_at : w->again_at;

	for (size_t i = 0; i < KEEP_SSH_ORDERS; i++)
		if (w->orders[i].pid && w->orders[i].by.at_ms < next.at_ms)
			next = w->orders[i].by;
	return next;
}

void keep_ssh_end(struct keep_ssh *w)
{
	ssh_orders_end(w);
	if (w->pid > 0) {
		kill(w->pid, SIGTERM);
		waitpid(w->pid, NULL, 0);
	}
	w->pid = 0;
	w->up = false;
	err_free(w->failed);
	w->failed = NULL;
	w->again_at = w->look_at = w->up_by = deadline_in(-1);
	if (w->dir) {
		unlink(w->socket);
		rmdir(w->dir);
	}
	mem_freep(&w->dir);
	mem_freep(&w->socket);
}
