/* SPDX-License-Identifier: Apache-2.0 */
#include "core/remove.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/context.h"
#include "core/driver_call.h"
#include "core/machine.h"
#include "core/record.h"
#include "core/store.h"

#define REMOVE_ASK_MS 5000

/* It is told to end, and undoes its own work; one that works on other machines too would undo those as well. */
static void remove_end_owner(const struct core *c, const char *name, int owner)
{
	if (owner <= 0 || owner == getpid() || !store_lock_is_held_by(c, name, owner))
		return;
	if (store_owner_has_others(c, owner))
		core_say(c, SAY_WARN, name, "process %d works on it and on other machines: waiting for it", owner);
	else
		kill(owner, SIGTERM);
}

/* Somebody else's command works on the machine. */
static struct err *remove_lock(const struct core *c, const char *name, bool force, struct store_lock *ret)
{
	if (force)
		remove_end_owner(c, name, store_lock_owner(c, name));
	return store_lock(c, name, "rm", force ? 120000 : 5000, ret);
}

static struct err *remove_outside(struct machine *m)
{
	if (!m->driver) {
		auto_free char *hint = xasprintf("Forget it without removing it outside: machine rm -f %s", m->name);

		return driver_unknown(m, hint);
	}
	record_set_progress(m->record, "removing");
	/* A disk that is full or read-only keeps nobody from ending what runs; without the note rm is simply given again. */
	IGNORE(machine_save(m));
	return driver_remove(m);
}

/* NULL: nothing to say. */
static void remove_warn(const struct core *c, const char *name, struct err *e)
{
	auto_free char *why = e ? err_text(e) : NULL;

	if (why)
		core_say(c, SAY_WARN, name, "%s", why);
	err_free(e);
}

/* Does something of it run still, as far as anybody can tell? One whose hypervisor does not answer may be forgotten. */
static bool remove_still_runs(struct machine *m, const struct err *e)
{
	enum machine_state s = STATE_NONE;

	if (e->code == ERR_WRONG_STATE)
		return true;
	if (!m || !m->self || !driver_has_power(m))
		return false;
	m->env.patience_ms = REMOVE_ASK_MS;
	auto_err *unknown = driver_ask_state(m, &s);
	return !unknown && (s == STATE_RUNNING || s == STATE_PAUSED || s == STATE_STARTING || s == STATE_STOPPING);
}

static struct err *remove_refused(const struct core *c, const char *name, struct err *e)
{
	auto_free char *dir = store_machine_dir(c, name);

	e = err_hint(err_wrap(e, "machine '%s' stays: something of it still runs", name),
		     "See whose processes work there, and end them: fuser -v '%s'/*", dir);
	e->code = ERR_WRONG_STATE;
	return e;
}

struct err *machine_remove(const struct core *c, const char *name, enum removal kind)
{
	const bool force = kind == REMOVE_FORCED;
	auto_lock lock = STORE_LOCK_INIT;
	auto_machine *m = NULL;
	struct err *unread, *e;

	if (!store_has_left(c, name))
		TRY(store_need(c, name));
	TRY(remove_lock(c, name, force, &lock));
	if (!store_has(c, name))
		return NULL; /* the create that we waited for has cleaned up, or the lock cleared what a killed rm left */
	unread = machine_open(c, name, &m);
	if (unread && !force)
		return unread;
	if (kind == REMOVE_HALF_MADE && !machine_is_half_made(m))
		return err_new(ERR_WRONG_STATE, "machine '%s' is finished now: it stays", name);
	e = unread ? machine_sweep(c, name) : remove_outside(m);
	remove_warn(c, name, unread);
	/* Interrupted, with force too: what is left still needs its record. */
	if (e && (!force || e->code == ERR_INTERRUPTED))
		return e;
	if (e && remove_still_runs(m, e))
		return remove_refused(c, name, e);
	remove_warn(c, name, e);
	if (m)
		context_remove(m);
	return store_remove_dir(c, name);
}
