/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/order.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/qemu/chan.h"
#include "drivers/qemu/paths.h"

extern char **environ;

void qemu_order_release(struct qemu_order *o)
{
	free(o->name);
	free(o->dir);
	free(o->store);
	qemu_config_release(&o->config);
	free(o->binary);
	free(o->vmlinux);
	free(o->initrd);
	free(o->root);
	free(o->cmdline);
	free(o->disk);
	free(o->seed);
	memset(o, 0, sizeof(*o));
}

/* The texts of an order by name, for both directions. */
struct order_text {
	const char *key;
	size_t offset;
};
static const struct order_text order_texts[] = {
	{ "name", offsetof(struct qemu_order, name) },	       { "dir", offsetof(struct qemu_order, dir) },
	{ "store", offsetof(struct qemu_order, store) },       { "binary", offsetof(struct qemu_order, binary) },
	{ "vmlinux", offsetof(struct qemu_order, vmlinux) },   { "initrd", offsetof(struct qemu_order, initrd) },
	{ "root", offsetof(struct qemu_order, root) },	       { "cmdline", offsetof(struct qemu_order, cmdline) },
	{ "disk", offsetof(struct qemu_order, disk) },
};

cJSON *qemu_order_json(const struct qemu_order *o)
{
	const struct driver_env env = { .name = o->name, .store = o->store, .dir = o->dir };
	cJSON *tree = cJSON_CreateObject();

	for (size_t i = 0; i < ARRAY_SIZE(order_texts); i++)
		json_set_str(tree, order_texts[i].key,
			     *(char *const *)((const char *)o + order_texts[i].offset));
	if (o->seed)
		json_set_str(tree, "seed", o->seed);
	json_set_bool(tree, "kvm", o->kvm);
	json_set_bool(tree, "qboot", o->qboot);
	json_set_int(tree, "cpus", o->cpus);
	qemu_config_save(&o->config, &env, json_object_at(tree, "config"));
	return tree;
}

struct err *qemu_order_parse(const cJSON *tree, struct qemu_order *ret)
{
	auto_order o = { 0 };
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(order_texts); i++) {
		TRY(json_str(tree, order_texts[i].key, &text));
		*(char **)((char *)&o + order_texts[i].offset) = xstrdup(text);
	}
	text = json_str_or(tree, "seed", NULL);
	o.seed = text ? xstrdup(text) : NULL;
	o.kvm = json_bool_or(tree, "kvm", false);
	o.qboot = json_bool_or(tree, "qboot", false);
	o.cpus = (int)json_int_or(tree, "cpus", 1);
	TRY(qemu_config_from_record(json_get_or_null(tree, "config"), &o.config));
	*ret = o;
	o = (struct qemu_order){ 0 };
	return NULL;
}

/* A session of its own: a Ctrl-C or a closed terminal is not meant for it. */
static struct err *order_spawn(const struct qemu_order *o, const char *program, int fd, pid_t *ret)
{
	auto_free char *log = fs_join(o->dir, QEMU_FILE_LOG);
	char *argv[] = { (char *)"machine", (char *)"__driver", (char *)"qemu", (char *)"supervise", o->name, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	posix_spawn_file_actions_adddup2(&actions, fd, QEMU_ORDER_FD);
	posix_spawn_file_actions_addclosefrom_np(&actions, QEMU_ORDER_FD + 1);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	int error = posix_spawn(ret, program ? program : "/proc/self/exe", &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	errno = error;
	return error ? err_errno(ERR_FAILED, "cannot start the supervisor") : NULL;
}

static struct err *order_answer(const char *line, size_t len)
{
	auto_json *tree = NULL;

	TRY(json_parse(line, len, "the supervisor's answer", &tree));
	const char *error = json_str_or(tree, "error", NULL), *hint = json_str_or(tree, "hint", NULL);
	if (!error)
		return NULL;
	struct err *e = err_new(json_bool_or(tree, "state", false) ? ERR_WRONG_STATE : ERR_FAILED, "%s", error);
	return hint ? err_hint(e, "%s", hint) : e;
}

/* Until the answer, the end of the supervisor, the deadline or an interrupt. */
static struct err *order_wait(struct chan *c, struct deadline d)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = c->fd, .events = chan_events(c) },
				       { .fd = interrupt_fd(), .events = POLLIN } };
		int n = poll(p, 2, deadline_left_ms(d));

		TRY(interrupt_check());
		if (n == 0)
			return err_new(ERR_TIMEOUT, "QEMU did not start in time");
		if (p[0].revents & POLLOUT)
			chan_flush(c);
		if (!(p[0].revents & ~POLLOUT))
			continue;
		bool open = chan_read(c);
		size_t len;
		const char *line = chan_line(c, &len);
		if (line)
			return order_answer(line, len);
		if (!open)
			return err_new(ERR_FAILED, "the supervisor ended without a word");
	}
}

static void order_chan_close(struct chan *c)
{
	chan_close(c);
}

struct err *qemu_order_run(const struct qemu_order *o, const char *program, int timeout_ms)
{
	__attribute__((cleanup(order_chan_close))) struct chan c = CHAN_CLOSED;
	auto_close int theirs = -1;
	auto_json *tree = qemu_order_json(o);
	pid_t pid;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(ERR_FAILED, "cannot make a socket");
	/* posix_spawn's dup2 of a descriptor onto itself would keep close-on-exec in old C libraries. */
	theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, QEMU_ORDER_FD + 1);
	close(ends[1]);
	chan_open(&c, ends[0], QEMU_ORDER_MAX);
	TRY(order_spawn(o, program, theirs, &pid));
	mem_closep(&theirs);
	chan_send_json(&c, tree);
	struct err *e = order_wait(&c, deadline_in(timeout_ms));
	if (!e)
		return NULL;
	/* It may hang; QEMU dies with it. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return e;
}
