/* SPDX-License-Identifier: Apache-2.0 */
/* A machine that is on: found, ended, asked for its state. */
#include "drivers/qemu/power.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/keeper.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/link/boot_wait.h"
#include "drivers/link/text.h"
#include "drivers/qemu/handle.h"
#include "drivers/qemu/keep.h"
#include "drivers/qemu/paths.h"

#define PROBLEM_MS 1000
#define LOOK_MS 2000
#define KILL_MS 5000
#define KILL_HARD_MS 15000

char *qemu_problem(void *self)
{
	struct qemu *q = self;
	auto_json *answer = NULL;
	auto_err *e = client_ask(q->env->dir, "status", PROBLEM_MS, &answer);
	const char *text = e ? NULL : json_str_or(answer, "problem", NULL);

	return text ? xstrdup(text) : NULL;
}

static struct err *qemu_problem_error(struct qemu *q, const char *text)
{
	return err_hint(
		err_new(ERR_WRONG_STATE, "%s", text),
		"See what takes the room (df '%s'); it goes on by itself. Or end it without asking: machine kill %s",
		q->env->dir, q->env->name);
}

static struct err *qemu_look_started(void *data, bool *done)
{
	struct lockfile l = lockfile_read(data);

	*done = !l.held || !str_eq(l.phase, "starting");
	return NULL;
}

struct err *qemu_start_found(struct qemu *q, bool *ret)
{
	*ret = false;
	/* Core's lock keeps two commands apart: whoever began this start is gone, and it goes on or ends soon. */
	TRY(retry_until(deadline_in(KEEP_START_MS), 20, "QEMU to start", qemu_look_started, q->lock));
	struct lockfile l = lockfile_read(q->lock);
	if (!l.held)
		return NULL;
	if (str_eq(l.phase, "failed"))
		return qemu_kill(q);
	auto_free char *problem = str_eq(l.phase, "paused") ? qemu_problem(q) : NULL;
	if (problem)
		return qemu_problem_error(q, problem);
	*ret = q->woken = str_eq(l.phase, "booting") || str_eq(l.phase, "running");
	return NULL;
}

/* A killed supervisor leaves its socket; core's lock keeps others from making a new one meanwhile. */
static void qemu_tidy(struct qemu *q)
{
	auto_free char *socket = fs_join(q->env->dir, KEEPER_FILE_CONTROL);

	if (!fs_is_locked(q->lock))
		unlink(socket);
}

/* It may come to a stop on the way, for its disk: then waiting longer is of no use. */
static struct err *qemu_wait_off(struct qemu *q, struct deadline d)
{
	for (;;) {
		int left = deadline_left_ms(d);
		struct err *e = lockfile_wait_free(q->lock, left < LOOK_MS ? left : LOOK_MS);

		if (!e || e->code != ERR_TIMEOUT)
			return e;
		auto_free char *problem = qemu_problem(q);
		if (problem) {
			err_free(e);
			return qemu_problem_error(q, problem);
		}
		if (left <= LOOK_MS)
			return e;
		err_free(e);
	}
}

struct err *qemu_stop(void *self, int timeout_ms)
{
	struct qemu *q = self;
	struct deadline d = deadline_in(timeout_ms);
	auto_json *answer = NULL;

	if (!fs_is_locked(q->lock))
		return NULL;
	struct err *e = client_ask(q->env->dir, "stop", timeout_ms < QEMU_ASK_MS ? timeout_ms : QEMU_ASK_MS, &answer);
	if (e && e->code == ERR_WRONG_STATE) { /* it ends at this moment */
		err_free(e);
		e = NULL;
	}
	if (!e)
		e = qemu_wait_off(q, d);
	if (e && e->code == ERR_TIMEOUT) {
		err_free(e);
		e = err_new(ERR_TIMEOUT, "machine '%s' did not power off in %d s", q->env->name, timeout_ms / 1000);
	}
	TRY(err_hint(e, "End it without asking: machine kill %s", q->env->name));
	qemu_tidy(q);
	return NULL;
}

struct err *qemu_kill(void *self)
{
	struct qemu *q = self;
	auto_json *answer = NULL;

	if (fs_is_locked(q->lock)) {
		struct err *e = client_ask(q->env->dir, "kill", QEMU_ASK_MS, &answer);

		if (!e)
			e = lockfile_wait_free(q->lock, KILL_MS);
		if (e && e->code == ERR_INTERRUPTED)
			return e;
		/* The supervisor hangs, or is just going. */
		err_free(e);
		TRY(lockfile_kill_owner(q->lock, KILL_HARD_MS));
	}
	qemu_tidy(q);
	return NULL;
}

struct err *qemu_state(void *self, enum machine_state *ret)
{
	static const struct {
		const char *word;
		enum machine_state state;
	} phases[] = { { "starting", STATE_STARTING },
		       { "booting", STATE_STARTING },
		       { "failed", STATE_ERROR },
		       { "paused", STATE_PAUSED },
		       { "stopping", STATE_STOPPING } };
	struct qemu *q = self;
	struct lockfile l = lockfile_read(q->lock);

	*ret = l.held ? STATE_RUNNING : STATE_STOPPED;
	for (size_t i = 0; l.held && i < ARRAY_SIZE(phases); i++)
		if (str_eq(l.phase, phases[i].word))
			*ret = phases[i].state;
	return NULL;
}

/* The keeper is gone without a word: its note, if it left one in this run, says why. */
static struct err *qemu_gone(const char *dir)
{
	auto_free char *path = fs_join(dir, QEMU_FILE_LAST_EXIT);
	auto_json *note = NULL;

	IGNORE(json_read_file(path, &note));
	return err_new(ERR_WRONG_STATE, "the machine ended: %s",
		       json_str_or(note, "reason", "its supervisor was killed"));
}

struct err *qemu_wait_ready(void *self, struct deadline deadline,
			    void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	struct qemu *q = self;
	auto_free char *console = NULL;
	struct err *e = client_wait_ready(q->env->dir, deadline, event, data);

	if (e && e->code == ERR_NETWORK) {
		err_free(e);
		e = qemu_gone(q->env->dir);
	}
	if (e)
		console = text_console_tail(q->console, BOOT_CONSOLE_LINES);
	return boot_with_console(e, console);
}
