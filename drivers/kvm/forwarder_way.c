/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/forwarder_way.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libvirt/libvirt-qemu.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/lazy.h"
#include "base/mem.h"
#include "base/proc.h"
#include "drivers/kvm/uri.h"
#include "drivers/kvm/xml.h"
#include "drivers/link/text.h"
#include "drivers/net/loopback.h"
#include "guest/contract.h"

#define ORDER_MS 10000
#define LOG_LINES 2

/* --- ssh --- */

/* A socket's path is short; a store's need not be. The caller frees. */
static char *ssh_way_place(const struct kvm *k)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	return xasprintf("%s/machine-%u-%.8s",
			 runtime && *runtime == '/' && access(runtime, W_OK) == 0 ? runtime : "/tmp",
			 (unsigned)geteuid(), k->config.uuid);
}

static struct err *ssh_way_dir(struct ssh_way *w)
{
	auto_free char *dir = ssh_way_place(w->kvm);
	struct stat st;

	if (w->dir)
		return NULL;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_errno(ERR_FAILED, "cannot make folder '%s' for ssh's socket", dir);
	/* In /tmp somebody else may have been first. */
	if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return err_hint(err_new(ERR_FAILED, "folder '%s' for ssh's socket is not yours alone", dir),
				"Remove it, or set XDG_RUNTIME_DIR to a folder of yours.");
	w->dir = TAKE(dir);
	w->socket = fs_join(w->dir, "ssh");
	return NULL;
}

void ssh_way_clean(const struct kvm *k)
{
	auto_free char *dir = ssh_way_place(k), *socket = fs_join(dir, "ssh");

	unlink(socket);
	rmdir(dir);
}

static char *ssh_way_forward(const struct ssh_way *w, int here, int there)
{
	const struct kvm_config *c = &w->kvm->config;

	return xasprintf("%s:%d:%s:%d", c->address, here, c->guest_address, there);
}

static struct err *ssh_way_args(const struct ssh_way *w, struct list *ret)
{
	const struct kvm_config *c = &w->kvm->config;
	auto_uri u = { 0 };

	TRY(kvm_uri_parse(c->uri, &u));
	kvm_ssh_args(&u, c->jump, ret);
	list_add(ret, "-S");
	list_add(ret, w->socket);
	return NULL;
}

static struct err *ssh_way_add_host(const struct ssh_way *w, struct list *ret)
{
	auto_uri u = { 0 };

	TRY(kvm_uri_parse(w->kvm->config.uri, &u));
	list_take(ret, kvm_ssh_host(&u, w->kvm->config.jump));
	return NULL;
}

static struct err *ssh_way_master(const struct ssh_way *w, struct list *argv)
{
	const int own[][2] = { { VM_ENGINE_PORT, GUEST_ENGINE_PORT }, { VM_LOOPBACK_SSH_PORT, GUEST_SSH_PORT } };
	static const char *const options[] = {
		"-N", "-M", "-T", "-a", "-x", "-oControlPersist=no", "-oExitOnForwardFailure=yes"
	};

	TRY(ssh_way_args(w, argv));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		list_add(argv, options[i]);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		list_add(argv, "-L");
		list_take(argv, ssh_way_forward(w, own[i][0], own[i][1]));
	}
	return ssh_way_add_host(w, argv);
}

/* It dies with us. */
static _Noreturn void ssh_way_child(char *const *argv, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	interrupt_reset_child();
	execvp(argv[0], argv);
	_exit(127);
}

bool ssh_way_has_ended(struct ssh_way *w)
{
	if (w->pid > 0 && waitpid(w->pid, NULL, WNOHANG) != 0)
		w->pid = 0;
	return w->pid == 0;
}

/* What ssh said went into our log. */
static struct err *ssh_way_failure(const struct ssh_way *w)
{
	auto_free char *path = fs_join(w->kvm->env->dir, KVM_FILE_LOG);
	auto_free char *tail = text_console_tail(path, LOG_LINES);
	auto_list host = { 0 };
	auto_str line = STR_INIT;

	IGNORE(ssh_way_add_host(w, &host));
	text_clean(&line, tail, strlen(tail), 400, false);
	const char *said = line.buf + strspn(line.buf, " ");
	return err_hint(err_new(ERR_NETWORK, "ssh to '%s', behind which the machine is, failed: %s",
				host.n ? host.items[0] : "?", *said ? said : "it gives no reason"),
			"It must log in without a question: ssh %s true. Another way there: --kvm-jump [USER@]HOST",
			host.n ? host.items[0] : "HOST");
}

static struct err *ssh_way_is_up(void *data, bool *done)
{
	struct ssh_way *w = data;
	const char *address = w->kvm->config.address;

	if (ssh_way_has_ended(w))
		return ssh_way_failure(w);
	*done = loopback_bind_test("tcp", address, VM_ENGINE_PORT, true) == LOOPBACK_TAKEN &&
		loopback_bind_test("tcp", address, VM_LOOPBACK_SSH_PORT, true) == LOOPBACK_TAKEN &&
		fs_exists(w->socket);
	return NULL;
}

struct err *ssh_way_start(struct ssh_way *w, int timeout_ms)
{
	auto_list argv = { 0 };
	pid_t parent = getpid();

	TRY(ssh_way_dir(w));
	unlink(w->socket);
	TRY(ssh_way_master(w, &argv));
	w->pid = fork();
	if (w->pid < 0) {
		w->pid = 0;
		return err_errno(ERR_FAILED, "cannot start ssh");
	}
	if (w->pid == 0)
		ssh_way_child(argv.items, parent);
	struct err *e = retry_until(deadline_in(timeout_ms), 20, "ssh to the hypervisor's host", ssh_way_is_up, w);
	if (e && w->pid > 0) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
		w->pid = 0;
	}
	return e;
}

void ssh_way_end(struct ssh_way *w)
{
	if (w->pid > 0) {
		kill(w->pid, SIGTERM);
		waitpid(w->pid, NULL, 0);
	}
	if (w->dir) {
		unlink(w->socket);
		rmdir(w->dir);
	}
	free(w->dir);
	free(w->socket);
	*w = (struct ssh_way){ .kvm = w->kvm };
}

struct err *ssh_way_port(struct ssh_way *w, const struct port *p, bool add)
{
	auto_free char *forward = ssh_way_forward(w, p->number, p->number);
	auto_list argv = { 0 };

	if (!str_eq(p->proto, "tcp"))
		return err_new(ERR_UNSUPPORTED,
			       "the machine is reached through ssh, which carries no UDP; give it a route, or "
			       "publish over TCP");
	TRY(ssh_way_args(w, &argv));
	list_add(&argv, "-O");
	list_add(&argv, add ? "forward" : "cancel");
	list_add(&argv, "-L");
	list_add(&argv, forward);
	TRY(ssh_way_add_host(w, &argv));
	auto_proc run = { PROC_INIT, .argv = (const char *const *)argv.items, .timeout_ms = ORDER_MS };
	return proc_run(&run);
}

/* --- QEMU's user networking --- */

static __typeof__(virDomainQemuMonitorCommand) *monitor_command;

static struct err *user_way_load(void)
{
	static const struct lazy_symbol symbols[] = { { "virDomainQemuMonitorCommand", (void **)&monitor_command } };

	return lazy_load("libvirt-qemu.so.0", "libvirt0", symbols, ARRAY_SIZE(symbols));
}

/* QEMU has no QMP command for it. Its human monitor's errors come as text in an answer that says success. */
struct err *user_way_port(virDomainPtr domain, const struct kvm_config *c, const struct port *p, bool add)
{
	auto_free char *command = NULL, *answer = NULL;
	auto_str clean = STR_INIT;

	if (c->isolated && str_eq(p->proto, "udp"))
		return err_new(ERR_UNSUPPORTED,
			       "QEMU's network lets an isolated machine answer over TCP alone; create the "
			       "machine without --kvm-isolated");
	TRY(user_way_load());
	if (add)
		command = xasprintf("hostfwd_add " KVM_USER_NETDEV " %s:%s:%d-:%d", p->proto, c->address, p->number,
				    p->number);
	else
		command = xasprintf("hostfwd_remove " KVM_USER_NETDEV " %s:%s:%d", p->proto, c->address, p->number);
	VIRT_TRY(monitor_command(domain, command, &answer, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP), "QEMU cannot be told");
	text_clean(&clean, answer ? answer : "", answer ? strlen(answer) : 0, 200, false);
	str_trim_end(&clean);
	return add && clean.len ? err_new(ERR_FAILED, "%s", clean.buf) : NULL;
}
