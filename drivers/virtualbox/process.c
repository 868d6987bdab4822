/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"

struct process {
	int pid;
	uid_t uid;
	char *args; /* each ends with a NUL */
	size_t len;
};

/* Ends the walk by false. */
typedef bool process_fn(void *data, const struct process *p);

static bool process_is_virtualbox(const struct process *p)
{
	static const char *const names[] = { "VBoxHeadless", "VirtualBoxVM", "VBoxSDL", "VBoxSVC" };
	const char *base = strrchr(p->args, '/');
	const char *name = base ? base + 1 : p->args;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_starts(name, names[i]))
			return true;
	return false;
}

/*
 * Whose it is, the folder in /proc says. What is in it belongs to root for a program that was setuid, as VirtualBox's are
 * (proc(5), PR_SET_DUMPABLE), but its arguments can be read.
 */
static bool process_read(const char *pid, struct process *ret, char **ret_args)
{
	auto_free char *folder = xasprintf("/proc/%s", pid), *path = fs_join(folder, "cmdline");
	struct stat st;

	if (pid[0] < '1' || pid[0] > '9' || stat(folder, &st) < 0)
		return false;
	auto_err *e = fs_read(path, 65536, ret_args, &ret->len);
	if (e || !ret->len)
		return false;
	ret->pid = atoi(pid);
	ret->uid = st.st_uid;
	ret->args = *ret_args;
	return process_is_virtualbox(ret);
}

static void process_walk(process_fn *fn, void *data)
{
	auto_list pids = { 0 };

	IGNORE(fs_list("/proc", &pids));
	for (size_t i = 0; i < pids.n; i++) {
		auto_free char *args = NULL;
		struct process p;

		if (process_read(pids.items[i], &p, &args) && !fn(data, &p))
			return;
	}
}

struct search {
	const char *uuid;
	uid_t uid;
	bool end, found;
};

static bool search_step(void *data, const struct process *p)
{
	struct search *s = data;

	if (p->uid != s->uid || !memmem(p->args, p->len, s->uuid, strlen(s->uuid)))
		return true;
	s->found = true;
	if (s->end) {
		log_debug("ending process %d of machine %s", p->pid, s->uuid);
		kill(p->pid, SIGKILL);
	}
	return true;
}

bool vbox_process_runs(uid_t uid, const char *uuid)
{
	struct search s = { uuid, uid, false, false };

	process_walk(search_step, &s);
	return s.found;
}

void vbox_process_kill(uid_t uid, const char *uuid)
{
	struct search s = { uuid, uid, true, false };

	process_walk(search_step, &s);
}

struct others {
	uid_t uid;
	bool found;
};

static bool others_step(void *data, const struct process *p)
{
	struct others *o = data;

	o->found = p->uid != o->uid;
	return !o->found;
}

bool vbox_process_of_others(uid_t uid)
{
	struct others o = { uid, false };

	process_walk(others_step, &o);
	return o.found;
}
