/* SPDX-License-Identifier: Apache-2.0 */
#include "core/power.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "core/boot.h"
#include "core/context.h"
#include "core/driver_call.h"
#include "core/identity.h"
#include "core/machine_image.h"
#include "core/provisioner.h"
#include "core/record.h"
#include "core/store.h"

#define KILL_PATIENCE_MS 20000 /* for a hypervisor that may hang: what it runs is to be ended */

static struct err *power_already(const struct machine *m, enum machine_state s)
{
	return err_new(ERR_WRONG_STATE, "Machine \"%s\" is already %s.", m->name,
		       s == STATE_RUNNING ? "running" : "stopped");
}

/* As docker-machine: the state is asked before what the driver can do. */
static struct err *power_none(struct machine *m, const char *past, enum machine_state wanted)
{
	enum machine_state s;

	TRY(machine_state(m, &s));
	return wanted != STATE_NONE && s == wanted ? power_already(m, s) : driver_need_power(m, past);
}

/* What the power commands share: a driver that has power, the lock, and a state that is not yet the wanted one. */
static struct err *power_begin(struct machine *m, const char *verb, const char *past, enum machine_state wanted,
			       struct store_lock *lock, enum machine_state *ret)
{
	TRY(driver_need(m));
	if (!driver_has_power(m))
		return power_none(m, past, wanted);
	TRY(store_lock(m->core, m->name, verb, 30000, lock));
	TRY(store_need(m->core, m->name));
	TRY(machine_read(m));
	TRY(driver_need(m));
	/* Not by its state: for that, whoever holds the lock works on it, and that is us now. */
	TRY(machine_need_finished(m));
	struct err *e = machine_state(m, ret);
	/* What does not answer can still be ended. */
	if (e && e->code == ERR_TIMEOUT && str_eq(verb, "kill")) {
		err_free(e);
		*ret = STATE_TIMEOUT;
		return NULL;
	}
	TRY(e);
	/* A boot that failed or that nobody waited for to its end: `start` goes on with it. */
	if (wanted == STATE_RUNNING && record_is_booting(m->record))
		return NULL;
	return *ret == wanted ? power_already(m, wanted) : NULL;
}

/* A guest that is paused or saved would wake with what it had. */
static struct err *power_on_or_off(const struct machine *m, enum machine_state s)
{
	if (s == STATE_RUNNING || s == STATE_STOPPED)
		return NULL;
	return err_hint(err_new(ERR_WRONG_STATE, "machine '%s' has to run or be off for that", m->name),
			"Start it: machine start %s", m->name);
}

static struct err *machine_start_locked(struct machine *m, int timeout_ms)
{
	auto_machine_image *image = NULL;
	struct err *e;

	TRY(machine_image_to_start(m, &image));
	e = machine_boot(m, machine_image_files(image), timeout_ms);
	/* What ran before, paused say, or saved, has a memory that a kill would end. */
	if (e && e->code == ERR_INTERRUPTED && !driver_was_woken(m)) {
		interrupt_hold(true);
		IGNORE(driver_kill(m));
		interrupt_hold(false);
	}
	if (e)
		return err_wrap(e, "cannot start machine '%s'", m->name);
	return machine_save(m);
}

struct err *machine_start(struct machine *m, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;
	enum machine_state s;

	core_say(m->core, SAY_LINE, NULL, "Starting \"%s\"...", m->name);
	TRY(power_begin(m, "start", "started", STATE_RUNNING, &lock, &s));
	TRY(machine_start_locked(m, timeout_ms));
	core_say(m->core, SAY_LINE, NULL, "Machine \"%s\" was started.", m->name);
	return NULL;
}

static struct err *machine_stop_locked(struct machine *m, int timeout_ms)
{
	return err_hint(err_wrap(driver_stop(m, timeout_ms), "cannot stop machine '%s'", m->name),
			"End it without asking: machine kill %s", m->name);
}

struct err *machine_stop(struct machine *m, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;
	enum machine_state s;

	core_say(m->core, SAY_LINE, NULL, "Stopping \"%s\"...", m->name);
	TRY(power_begin(m, "stop", "stopped", STATE_STOPPED, &lock, &s));
	if (s == STATE_SAVED)
		return err_hint(
			err_new(ERR_WRONG_STATE, "machine '%s' is saved: it does not run, and start wakes it", m->name),
			"Drop what it has in memory: machine kill %s", m->name);
	TRY(machine_stop_locked(m, timeout_ms));
	core_say(m->core, SAY_LINE, NULL, "Machine \"%s\" was stopped.", m->name);
	return NULL;
}

struct err *machine_kill(struct machine *m)
{
	auto_lock lock = STORE_LOCK_INIT;
	enum machine_state s;

	core_say(m->core, SAY_LINE, NULL, "Killing \"%s\"...", m->name);
	m->env.patience_ms = KILL_PATIENCE_MS;
	TRY(power_begin(m, "kill", "killed", STATE_STOPPED, &lock, &s));
	TRY(err_wrap(driver_kill(m), "cannot kill machine '%s'", m->name));
	core_say(m->core, SAY_LINE, NULL, "Machine \"%s\" was killed.", m->name);
	return NULL;
}

struct err *machine_restart(struct machine *m, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;
	enum machine_state s;
	bool done = false;

	core_say(m->core, SAY_LINE, NULL, "Restarting \"%s\"...", m->name);
	TRY(power_begin(m, "restart", "restarted", STATE_NONE, &lock, &s));
	if (s == STATE_RUNNING)
		TRY(err_wrap(driver_restart(m, timeout_ms, &done), "cannot restart machine '%s'", m->name));
	if (done)
		return NULL;
	if (s == STATE_RUNNING || s == STATE_STARTING)
		TRY(machine_stop_locked(m, MACHINE_STOP_MS));
	return machine_start_locked(m, timeout_ms);
}

struct err *machine_upgrade(struct machine *m, const char *wanted, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;
	auto_machine_image *image = NULL;
	enum machine_state s;

	TRY(power_begin(m, "upgrade", "upgraded", STATE_NONE, &lock, &s));
	TRY(driver_need_upgrade(m));
	TRY(power_on_or_off(m, s));
	TRY(machine_image_of(m, wanted, &image));
	/* docker-machine's order is another (it upgrades what runs), its end the same: the machine runs. */
	if (s != STATE_RUNNING)
		core_say(m->core, SAY_LINE, NULL, "Starting machine so machine can be upgraded...");
	core_say(m->core, SAY_LINE, NULL, "Upgrading docker...");
	if (s == STATE_RUNNING) {
		core_say(m->core, SAY_LINE, NULL, "Stopping machine to do the upgrade...");
		TRY(machine_stop_locked(m, MACHINE_STOP_MS));
	}
	core_say(m->core, SAY_LINE, NULL, "Upgrading machine \"%s\"...", m->name);
	TRY(err_wrap(driver_upgrade(m, machine_image_files(image)), "cannot upgrade machine '%s'", m->name));
	machine_image_record(m, image);
	TRY(machine_save(m));
	if (s == STATE_RUNNING)
		core_say(m->core, SAY_LINE, NULL, "Starting machine back up...");
	return machine_start_locked(m, timeout_ms);
}

struct err *machine_resize(struct machine *m, const struct driver_sizes *sizes)
{
	auto_lock lock = STORE_LOCK_INIT;
	enum machine_state s;

	TRY(power_begin(m, "set", "changed", STATE_NONE, &lock, &s));
	TRY(driver_need_resize(m));
	if (s != STATE_STOPPED)
		return err_hint(err_new(ERR_WRONG_STATE, "machine '%s' has to be off for that", m->name),
				"Stop it: machine stop %s", m->name);
	/* What was done of it when something fails is kept too. */
	struct err *e = driver_resize(m, sizes), *unsaved = machine_save(m);
	if (!e)
		return unsaved;
	err_free(unsaved);
	return err_wrap(e, "cannot change machine '%s'", m->name);
}

static struct err *regenerate_locked(struct machine *m, bool running, struct deadline d)
{
	auto_endpoint end = { 0 };

	TRY(identity_shared(m->core));
	TRY(machine_endpoint(m, &end));
	TRY(m->provisioner->renew(m, &end, running));
	context_refresh(m);
	TRY(m->provisioner->settings(m, d));
	return running ? machine_wait_engine(m, d) : NULL;
}

/* Its engine is somebody else's: what is ours are the client's keys in the machine's folder. */
static struct err *regenerate_client(struct machine *m)
{
	auto_lock lock = STORE_LOCK_INIT;

	TRY(store_lock(m->core, m->name, "regenerate-certs", 30000, &lock));
	TRY(store_need(m->core, m->name));
	TRY(machine_read(m));
	TRY(identity_shared(m->core));
	TRY(identity_client(m));
	context_refresh(m);
	return machine_save(m);
}

struct err *machine_regenerate(struct machine *m, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;
	enum machine_state s;

	if (m->driver && !m->provisioner->sets_up)
		return regenerate_client(m);
	TRY(power_begin(m, "regenerate-certs", "provisioned", STATE_NONE, &lock, &s));
	if (s != STATE_RUNNING && m->provisioner->needs_on)
		return err_hint(err_new(ERR_WRONG_STATE, "Host is not running"), "Start it: machine start %s", m->name);
	TRY(power_on_or_off(m, s));
	TRY(err_wrap(regenerate_locked(m, s == STATE_RUNNING, deadline_in(timeout_ms)),
		     "cannot renew the certificate of machine '%s'", m->name));
	return machine_save(m);
}
