/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/lockfile.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"

#define END_MS 3000
#define END_HARD_MS 5000

/* Always of one length, so that a reader never sees the half of one text and the half of another. */
#define LOCKFILE_FORMAT "%-10d %-20" PRId64 " %-15s\n"

/* Field 22 of /proc/PID/stat; the name before it may hold blanks and parentheses. 0: no such process. */
static int64_t lockfile_start_ticks(pid_t pid)
{
	auto_free char *path = xasprintf("/proc/%d/stat", (int)pid);
	char buf[1024];
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	size_t n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = 0;
	const char *at = strrchr(buf, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoll(at, NULL, 10) : 0;
}

void lockfile_write(int fd, const char *phase)
{
	auto_free char *text = xasprintf(LOCKFILE_FORMAT, (int)getpid(), lockfile_start_ticks(getpid()), phase);
	ssize_t n = pwrite(fd, text, strlen(text), 0);

	(void)n; /* on a full disk the old text stays, whose length is the same */
}

struct lockfile lockfile_read(const char *path)
{
	struct lockfile l = { .held = fs_is_locked(path) };
	auto_free char *text = NULL;
	int pid = 0;

	if (!l.held)
		return l;
	auto_err *e = fs_read(path, 256, &text, NULL);
	if (!e && sscanf(text, "%d %" SCNd64 " %15s", &pid, &l.start_ticks, l.phase) == 3)
		l.pid = pid > 1 ? pid : 0;
	return l;
}

static struct err *lockfile_free_step(void *data, bool *done)
{
	*done = !fs_is_locked(data);
	return NULL;
}

struct err *lockfile_wait_free(const char *path, int timeout_ms)
{
	return retry_until(deadline_in(timeout_ms), 5, "the machine's process to end", lockfile_free_step,
			   (void *)path);
}

/* Its real user; /proc/PID itself is root's for a process that may not be looked into. */
static bool lockfile_is_process_of(pid_t pid, uid_t user)
{
	auto_free char *path = xasprintf("/proc/%d/status", (int)pid), *text = NULL;
	auto_err *gone = fs_read(path, 65536, &text, NULL);
	const char *line = gone ? NULL : strstr(text, "\nUid:");

	return line && (uid_t)strtoul(line + 5, NULL, 10) == user;
}

/* Whoever owns the file can write any number into it: root ends by that only what is his, or holds the lock itself. */
static bool lockfile_may_end(const char *path, pid_t pid)
{
	struct stat file;

	if (geteuid() != 0)
		return true;
	return (stat(path, &file) == 0 && lockfile_is_process_of(pid, file.st_uid)) || fs_lock_is_of(path, pid);
}

static struct err *lockfile_signal_owner(const char *path, int signal, int timeout_ms)
{
	struct lockfile l = lockfile_read(path);

	if (!l.held)
		return NULL;
	if (l.pid) {
		/* The descriptor is of one process for ever; only then does comparing its start prove anything. */
		auto_close int fd = (int)syscall(SYS_pidfd_open, l.pid, 0);

		if (fd >= 0 && lockfile_start_ticks(l.pid) == l.start_ticks && lockfile_may_end(path, l.pid))
			syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
	}
	return lockfile_wait_free(path, timeout_ms);
}

struct err *lockfile_kill_owner(const char *path, int timeout_ms)
{
	struct err *e = lockfile_signal_owner(path, SIGKILL, timeout_ms);
	struct lockfile l = lockfile_read(path);

	if (!e || e->code != ERR_TIMEOUT || !l.held)
		return e;
	err_free(e);
	return err_hint(err_new(ERR_WRONG_STATE, "process %d, which holds '%s', does not end", (int)l.pid, path),
			"See whose it is: ps -o user,pid,args -p %d", (int)l.pid);
}

struct err *lockfile_end_owner(const char *path)
{
	struct err *e = lockfile_signal_owner(path, SIGTERM, END_MS);

	if (!e || e->code == ERR_INTERRUPTED)
		return e;
	err_free(e);
	return lockfile_kill_owner(path, END_HARD_MS);
}
