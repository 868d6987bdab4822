/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dump.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mem.h"

#define ORDER_MS 10000

extern char **environ;

/* A session of its own: a Ctrl-C or a closed terminal is not meant for it. */
static struct err *helper_spawn(const struct helper *h, int fd, pid_t *ret)
{
	char *argv[] = { (char *)"machine", (char *)"__driver", (char *)h->driver,
			 (char *)h->word,   (char *)h->machine, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, h->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND,
					 0600);
	posix_spawn_file_actions_adddup2(&actions, fd, HELPER_FD);
	posix_spawn_file_actions_addclosefrom_np(&actions, HELPER_FD + 1);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	int error = posix_spawn(ret, h->program ? h->program : "/proc/self/exe", &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	errno = error;
	return error ? err_errno(ERR_FAILED, "cannot start the %s process of driver %s", h->word, h->driver) : NULL;
}

static struct err *helper_take_answer(const char *line, size_t len)
{
	auto_json *tree = NULL;

	TRY(json_parse(line, len, "the helper's answer", &tree));
	const char *error = json_str_or(tree, "error", NULL), *hint = json_str_or(tree, "hint", NULL);
	if (!error)
		return NULL;
	struct err *e = err_new(json_bool_or(tree, "state", false) ? ERR_WRONG_STATE : ERR_FAILED, "%s", error);
	return hint ? err_hint(e, "%s", hint) : e;
}

/* Until the answer, the end of the helper, the deadline or an interrupt. */
static struct err *helper_wait(const struct helper *h, struct chan *c, struct deadline d)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = c->fd, .events = chan_events(c) },
				       { .fd = interrupt_fd(), .events = POLLIN } };
		int n = poll(p, 2, deadline_left_ms(d));

		TRY(interrupt_check());
		if (n == 0)
			return err_new(ERR_TIMEOUT, "timed out waiting for %s", h->what);
		if (p[0].revents & POLLOUT)
			chan_flush(c);
		if (!(p[0].revents & ~POLLOUT))
			continue;
		bool open = chan_read(c);
		size_t len;
		const char *line = chan_line(c, &len);
		if (line)
			return helper_take_answer(line, len);
		if (!open)
			return err_hint(err_new(ERR_FAILED, "the %s process ended without a word", h->word),
					"Its log: %s", h->log);
	}
}

struct err *helper_run(const struct helper *h, const cJSON *order, int timeout_ms)
{
	auto_chan c = CHAN_CLOSED;
	auto_close int theirs = -1;
	pid_t pid;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(ERR_FAILED, "cannot make a socket");
	/* posix_spawn's dup2 of a descriptor onto itself would keep close-on-exec in old C libraries. */
	theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, HELPER_FD + 1);
	close(ends[1]);
	chan_open(&c, ends[0], HELPER_ORDER_MAX);
	TRY(helper_spawn(h, theirs, &pid));
	mem_closep(&theirs);
	fs_own(h->log);
	chan_send_json(&c, order);
	struct err *e = helper_wait(h, &c, deadline_in(timeout_ms));
	if (!e)
		return NULL;
	/* It may hang; what it runs dies with it. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return e;
}

void helper_open(struct chan *c)
{
	chan_open(c, HELPER_FD, HELPER_ORDER_MAX);
	fcntl(HELPER_FD, F_SETFD, FD_CLOEXEC);
}

struct err *helper_read_order(struct chan *c, cJSON **ret)
{
	struct deadline d = deadline_in(ORDER_MS);
	size_t len;
	char *line;

	while (!(line = chan_line(c, &len))) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };

		if (poll(&p, 1, deadline_left_ms(d)) <= 0 || !chan_read(c))
			return err_new(ERR_FAILED, "no order came");
	}
	return json_parse(line, len, "order", ret);
}

struct err *helper_become_owner(const char *dir)
{
	struct stat st;
	struct passwd entry, *found = NULL;
	auto_free char *buf = xcalloc(1, 16384);

	if (geteuid() != 0 || lstat(dir, &st) < 0 || st.st_uid == 0)
		return NULL;
	getpwuid_r(st.st_uid, &entry, buf, 16384, &found);
	/* Not the folder's group: a folder may have one that its owner is no member of. */
	gid_t gid = found ? found->pw_gid : st.st_gid;
	if ((found ? initgroups(found->pw_name, gid) : setgroups(0, NULL)) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) < 0)
		return err_errno(ERR_FAILED, "cannot become user %u, whose the machine is", (unsigned)st.st_uid);
	/* What runs for him looks for his files: ssh, libvirt. */
	if (found)
		setenv("HOME", found->pw_dir, 1);
	/* The kernel set it anew, to what fs.suid_dumpable says: 2 where there are collectors of dumps. */
	dump_forbid();
	return NULL;
}

void helper_answer(struct chan *c, const struct err *e)
{
	auto_json *answer = json_object();
	auto_free char *text = e ? err_text(e) : NULL;

	json_set_bool(answer, "ok", !e);
	if (e)
		json_set_str(answer, "error", text);
	if (e && err_hint_of(e))
		json_set_str(answer, "hint", err_hint_of(e));
	if (e)
		json_set_bool(answer, "state", e->code == ERR_WRONG_STATE);
	chan_send_json(c, answer);
}

struct err *helper_signals(int *ret_fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	*ret_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *ret_fd < 0 ? err_errno(ERR_FAILED, "cannot take signals") : NULL;
}
