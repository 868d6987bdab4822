/* SPDX-License-Identifier: Apache-2.0 */
#include "core/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/engine_check.h"
#include "core/record.h"
#include "core/store.h"
#include "drivers/registry.h"

static void machine_report(void *data, const char *text)
{
	struct machine *m = data;
	core_say(m->core, SAY_LINE, m->name, "%s", text);
}

static void machine_warn(void *data, const char *text)
{
	struct machine *m = data;
	core_say(m->core, SAY_WARN, m->name, "%s", text);
}

static struct machine *machine_alloc(const struct core *c, const char *name)
{
	struct machine *m = xcalloc(1, sizeof(*m));

	m->core = c;
	m->name = xstrdup(name);
	m->dir = store_machine_dir(c, name);
	m->env = (struct driver_env){ m->name, c->store, m->dir, c->state_dir, machine_report, machine_warn, m };
	return m;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	if (m->self)
		m->ops->close(m->self);
	json_freep(&m->record);
	free(m->name);
	free(m->dir);
	free(m);
}

void machine_freep(struct machine **m)
{
	machine_free(*m);
	*m = NULL;
}

/* What a driver says of values is meant for options: neither its hint nor its status fits a record. */
static struct err *machine_bad_record(const struct machine *m, struct err *e)
{
	auto_free char *why = e ? err_text(e) : NULL;

	if (!e)
		return NULL;
	err_free(e);
	return record_damaged(m->core, m->name,
			      err_new(ERR_FAILED, "cannot read the record of machine '%s': %s", m->name, why));
}

/* Also again, once the lock is held: whoever held it before may have changed everything. */
static struct err *machine_read(struct machine *m)
{
	if (m->self)
		m->ops->close(TAKE(m->self));
	json_freep(&m->record);
	TRY(record_load(m->core, m->name, &m->record));
	m->ops = driver_find(json_str_or(m->record, "DriverName", ""));
	if (!m->ops)
		return NULL;
	return machine_bad_record(m, m->ops->from_record(&m->env, json_get_or_null(m->record, "Driver"), &m->self));
}

struct err *machine_open(const struct core *c, const char *name, struct machine **ret)
{
	auto_machine *m = NULL;

	TRY(store_need(c, name));
	m = machine_alloc(c, name);
	TRY(machine_read(m));
	*ret = TAKE(m);
	return NULL;
}

struct err *machine_new(const struct core *c, const char *name, const struct driver_ops *ops, const struct opts *opts,
			struct machine **ret)
{
	auto_machine *m = machine_alloc(c, name);

	m->record = record_new(c, name, ops->name, opts);
	m->ops = ops;
	TRY(err_wrap(ops->from_opts(&m->env, opts, &m->self), "Error setting machine configuration from flags provided"));
	TRY(ops->save(m->self, json_object_at(m->record, "Driver")));
	*ret = TAKE(m);
	return NULL;
}

struct err *machine_sweep(const struct core *c, const char *name)
{
	auto_machine *m = machine_alloc(c, name);

	for (const struct driver_ops *const *d = driver_table; *d; d++)
		if ((*d)->sweep)
			TRY((*d)->sweep(&m->env));
	return NULL;
}

struct err *machine_save(struct machine *m)
{
	if (m->self)
		TRY(m->ops->save(m->self, json_object_at(m->record, "Driver")));
	return record_save(m->core, m->name, m->record);
}

static struct err *machine_need_driver(const struct machine *m)
{
	if (m->ops)
		return NULL;
	return err_hint(err_new(ERR_UNSUPPORTED,
				"Driver \"%s\" not found. Do you have the plugin binary accessible in your PATH?",
				json_str_or(m->record, "DriverName", "")),
			"This tool has no driver of that name: machine create --help lists those it has.");
}

static bool machine_is_half_made(const struct machine *m)
{
	return !str_eq(record_progress(m->record), "ready");
}

struct err *machine_state(struct machine *m, enum machine_state *ret)
{
	TRY(machine_need_driver(m));
	if (machine_is_half_made(m)) {
		bool removing = str_eq(record_progress(m->record), "removing");
		bool at_work = store_lock_owner(m->core, m->name) != 0;

		*ret = !at_work ? STATE_ERROR : removing ? STATE_STOPPING : STATE_STARTING;
		return NULL;
	}
	return m->ops->state(m->self, ret);
}

struct err *machine_require_running(struct machine *m)
{
	enum machine_state s;

	TRY(machine_state(m, &s));
	if (s == STATE_RUNNING)
		return NULL;
	if (s == STATE_ERROR)
		return err_hint(err_new(ERR_WRONG_STATE, "Host is not running"),
				"Creating it was interrupted. Remove what is left: machine rm %s", m->name);
	return err_hint(err_new(ERR_WRONG_STATE, "Host is not running"), "Start it: machine start %s", m->name);
}

struct err *machine_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(machine_need_driver(m));
	return m->ops->endpoint(m->self, ret);
}

struct err *machine_running_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(machine_require_running(m));
	return m->ops->endpoint(m->self, ret);
}

struct err *machine_ports(struct machine *m, struct driver_port **ret, size_t *ret_n)
{
	TRY(machine_require_running(m));
	if (!m->ops->ports)
		return err_hint(err_new(ERR_UNSUPPORTED, "driver '%s' does not know what is published", m->ops->name),
				"Ask the engine: docker ps");
	return m->ops->ports(m->self, ret, ret_n);
}

static void boot_event(void *data, const struct driver_boot_event *e)
{
	struct machine *m = data;

	if (e->warning)
		core_say(m->core, SAY_WARN, m->name, "%s", e->warning);
	else if (!str_eq(e->stage, "ready"))
		core_say(m->core, SAY_STAGE, m->name, "%s", e->stage);
}

struct engine_wait {
	struct machine *m;
	const char *url;
	struct deadline deadline;
	struct err *last;
};

/* A TLS refusal will not mend itself; everything else may be an engine that is still starting. */
static struct err *engine_answers(void *data, bool *done)
{
	struct engine_wait *w = data;
	int left = deadline_left_ms(w->deadline);
	struct err *e = engine_check(w->m, w->url, left < MACHINE_CHECK_MS ? left : MACHINE_CHECK_MS);

	if (e && (e->code == ERR_AUTH || e->code == ERR_INTERRUPTED))
		return e;
	*done = !e;
	err_free(w->last);
	w->last = e;
	return NULL;
}

static struct err *machine_wait_engine(struct machine *m, struct deadline d)
{
	auto_endpoint end = { 0 };
	struct engine_wait w = { .m = m, .deadline = d };
	struct err *e;

	TRY(m->ops->endpoint(m->self, &end));
	w.url = end.url;
	e = retry_until(d, 50, "the engine to answer over TLS", engine_answers, &w);
	if (e && w.last) {
		auto_free char *why = err_text(w.last);
		e = err_wrap(e, "the last answer was: %s", why);
	}
	err_free(w.last);
	return e;
}

struct err *machine_boot(struct machine *m, const struct driver_image *image, int timeout_ms)
{
	struct deadline d = deadline_in(timeout_ms);

	core_say(m->core, SAY_STAGE, m->name, "start");
	TRY(m->ops->start(m->self, image));
	if (m->ops->wait_ready)
		TRY(m->ops->wait_ready(m->self, d, boot_event, m));
	core_say(m->core, SAY_STAGE, m->name, "check");
	return machine_wait_engine(m, d);
}

/* What the power commands share: a driver that has power, the lock, and a state that is not yet the wanted one. */
static struct err *power_begin(struct machine *m, const char *verb, const char *past, enum machine_state wanted,
			       struct store_lock *lock)
{
	enum machine_state s;

	TRY(machine_need_driver(m));
	if (m->ops->caps & DRIVER_NO_POWER)
		return err_new(ERR_UNSUPPORTED, "hosts without a driver cannot be %s", past);
	TRY(store_lock(m->core, m->name, verb, 30000, lock));
	TRY(store_need(m->core, m->name));
	TRY(machine_read(m));
	TRY(machine_need_driver(m));
	/* Not by its state: for that, whoever holds the lock works on it, and that is us now. */
	if (machine_is_half_made(m))
		return err_hint(err_new(ERR_WRONG_STATE, "machine '%s' was never finished: its create was interrupted", m->name),
				"Remove what is left: machine rm %s", m->name);
	TRY(machine_state(m, &s));
	if (s == wanted)
		return err_new(ERR_WRONG_STATE, "Machine \"%s\" is already %s.", m->name,
			       wanted == STATE_RUNNING ? "running" : "stopped");
	return NULL;
}

/* The recorded folder while it is there; a machine outlives the folder that its first image came from. */
static struct err *machine_recorded_image(struct machine *m, struct machine_image **ret)
{
	const char *dir = json_str_or(m->record, "Machine.Image", "");

	return machine_image_find(m->core, *dir && fs_is_dir(dir) ? dir : NULL, ret);
}

static struct err *machine_start_locked(struct machine *m, int timeout_ms)
{
	auto_machine_image *image = NULL;
	struct err *e;

	if (m->ops->caps & DRIVER_NEEDS_IMAGE)
		TRY(machine_recorded_image(m, &image));
	e = machine_boot(m, machine_image_files(image), timeout_ms);
	if (e && e->code == ERR_INTERRUPTED) {
		interrupt_hold(true);
		IGNORE(m->ops->kill(m->self));
		interrupt_hold(false);
	}
	if (e)
		return err_wrap(e, "cannot start machine '%s'", m->name);
	return machine_save(m);
}

struct err *machine_start(struct machine *m, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;

	core_say(m->core, SAY_LINE, NULL, "Starting \"%s\"...", m->name);
	TRY(power_begin(m, "start", "started", STATE_RUNNING, &lock));
	TRY(machine_start_locked(m, timeout_ms));
	core_say(m->core, SAY_LINE, NULL, "Machine \"%s\" was started.", m->name);
	return NULL;
}

static struct err *machine_stop_locked(struct machine *m, int timeout_ms)
{
	return err_hint(err_wrap(m->ops->stop(m->self, timeout_ms), "cannot stop machine '%s'", m->name),
			"End it without asking: machine kill %s", m->name);
}

struct err *machine_stop(struct machine *m, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;

	core_say(m->core, SAY_LINE, NULL, "Stopping \"%s\"...", m->name);
	TRY(power_begin(m, "stop", "stopped", STATE_STOPPED, &lock));
	TRY(machine_stop_locked(m, timeout_ms));
	core_say(m->core, SAY_LINE, NULL, "Machine \"%s\" was stopped.", m->name);
	return NULL;
}

struct err *machine_kill(struct machine *m)
{
	auto_lock lock = STORE_LOCK_INIT;

	core_say(m->core, SAY_LINE, NULL, "Killing \"%s\"...", m->name);
	TRY(power_begin(m, "kill", "killed", STATE_STOPPED, &lock));
	TRY(err_wrap(m->ops->kill(m->self), "cannot kill machine '%s'", m->name));
	core_say(m->core, SAY_LINE, NULL, "Machine \"%s\" was killed.", m->name);
	return NULL;
}

struct err *machine_restart(struct machine *m, int timeout_ms)
{
	auto_lock lock = STORE_LOCK_INIT;
	enum machine_state s;

	core_say(m->core, SAY_LINE, NULL, "Restarting \"%s\"...", m->name);
	TRY(power_begin(m, "restart", "restarted", STATE_NONE, &lock));
	TRY(machine_state(m, &s));
	if (s == STATE_RUNNING && m->ops->restart)
		return err_wrap(m->ops->restart(m->self, timeout_ms), "cannot restart machine '%s'", m->name);
	if (s == STATE_RUNNING)
		TRY(machine_stop_locked(m, MACHINE_STOP_MS));
	return machine_start_locked(m, timeout_ms);
}
