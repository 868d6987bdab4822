/* SPDX-License-Identifier: Apache-2.0 */
#include "core/driver_call.h"

#include "base/json.h"
#include "base/mem.h"
#include "drivers/registry.h"

/* --- what a driver can do --- */

static bool driver_has(const struct machine *m, unsigned cap)
{
	return m->driver && (m->driver->ops->caps & cap);
}

struct err *driver_unknown(const struct machine *m, const char *hint)
{
	return err_hint(err_new(ERR_UNSUPPORTED,
				"Driver \"%s\" not found. Do you have the plugin binary accessible in your PATH?",
				json_str_or(m->record, "DriverName", "")),
			"%s", hint);
}

struct err *driver_need(const struct machine *m)
{
	if (m->driver)
		return NULL;
	return driver_unknown(m, "This tool has no driver of that name: machine create --help lists those it has.");
}

bool driver_has_power(const struct machine *m)
{
	return m->driver && !driver_has(m, DRIVER_NO_POWER);
}

struct err *driver_need_power(const struct machine *m, const char *past)
{
	return driver_has_power(m) ? NULL : err_new(ERR_UNSUPPORTED, "hosts without a driver cannot be %s", past);
}

struct err *driver_need_ssh(const struct machine *m)
{
	if (!driver_has(m, DRIVER_NO_SSH))
		return NULL;
	return err_new(ERR_UNSUPPORTED, "machine '%s' has no SSH server that we know of", m->name);
}

struct err *driver_need_upgrade(const struct machine *m)
{
	const char *name = m->driver->name;

	if (!driver_boots_image(m))
		return err_new(ERR_UNSUPPORTED, "driver '%s' boots no image of ours", name);
	if (m->driver->ops->upgrade || !driver_keeps_image(m))
		return NULL;
	return err_hint(err_new(ERR_UNSUPPORTED, "driver '%s' cannot give a machine another image", name),
			"Its disk is based on the one that it was made with. Make another machine: machine create -d "
			"%s NAME",
			name);
}

struct err *driver_need_resize(const struct machine *m)
{
	if (m->driver->ops->resize)
		return NULL;
	return err_new(ERR_UNSUPPORTED, "driver '%s' cannot change a machine's sizes", m->driver->name);
}

bool driver_tells_guest(const struct machine *m)
{
	return m->driver->ops->certificates;
}

enum driver_system driver_ask_system(const struct machine *m)
{
	if (m->driver && m->driver->ops->system)
		return m->driver->ops->system(m->self);
	return driver_boots_image(m) ? DRIVER_SYSTEM_OURS : DRIVER_SYSTEM_FOREIGN;
}

bool driver_boots_image(const struct machine *m)
{
	return driver_has(m, DRIVER_NEEDS_IMAGE);
}

bool driver_boots_iso(const struct machine *m)
{
	return driver_has(m, DRIVER_NEEDS_ISO);
}

bool driver_keeps_image(const struct machine *m)
{
	return driver_has(m, DRIVER_KEEPS_IMAGE);
}

bool driver_makes_machines(const struct driver *d)
{
	return d->ops->caps & DRIVER_NEEDS_IMAGE;
}

bool driver_was_woken(const struct machine *m)
{
	return m->driver->ops->was_woken && m->driver->ops->was_woken(m->self);
}

/* --- the handle --- */

struct err *driver_open_new(struct machine *m, const struct opts *opts)
{
	m->env.instance = m->driver->data;
	return m->driver->ops->from_opts(&m->env, opts, &m->self);
}

struct err *driver_open_record(struct machine *m)
{
	m->env.instance = m->driver->data;
	return m->driver->ops->from_record(&m->env, json_get_or_null(m->record, "Driver"), &m->self);
}

void driver_close(struct machine *m)
{
	if (m->self)
		m->driver->ops->close(TAKE(m->self));
}

struct err *driver_save(struct machine *m)
{
	return m->self ? m->driver->ops->save(m->self, json_object_at(m->record, "Driver")) : NULL;
}

/* --- making and removing --- */

struct err *driver_precheck(struct machine *m)
{
	return m->driver->ops->precheck ? m->driver->ops->precheck(m->self) : NULL;
}

char *driver_limit(struct machine *m)
{
	return m->driver->ops->limit ? m->driver->ops->limit(m->self) : NULL;
}

struct err *driver_plan(struct machine *m, bool *planned)
{
	*planned = m->driver->ops->plan;
	return *planned ? m->driver->ops->plan(m->self) : NULL;
}

struct err *driver_seed_machine(struct machine *m, cJSON *machine)
{
	return m->driver->ops->seed_machine ? m->driver->ops->seed_machine(m->self, machine) : NULL;
}

struct err *driver_create(struct machine *m, const struct driver_image *image, const char *seed)
{
	return m->driver->ops->create(m->self, image, seed);
}

struct err *driver_remove(struct machine *m)
{
	return m->driver->ops->remove(m->self);
}

struct err *driver_sweep_all(struct machine *m)
{
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d)) {
		m->env.instance = d->data;
		if (d->ops->sweep)
			TRY(d->ops->sweep(&m->env));
	}
	return NULL;
}

/* --- power --- */

struct err *driver_start(struct machine *m, const struct driver_image *image)
{
	return m->driver->ops->start ? m->driver->ops->start(m->self, image) : NULL;
}

struct err *driver_stop(struct machine *m, int timeout_ms)
{
	return m->driver->ops->stop(m->self, timeout_ms);
}

struct err *driver_kill(struct machine *m)
{
	return m->driver->ops->kill(m->self);
}

struct err *driver_restart(struct machine *m, int timeout_ms, bool *done)
{
	*done = m->driver->ops->restart;
	return *done ? m->driver->ops->restart(m->self, timeout_ms) : NULL;
}

struct err *driver_wait_ready(struct machine *m, struct deadline deadline,
			      void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	return m->driver->ops->wait_ready ? m->driver->ops->wait_ready(m->self, deadline, event, data) : NULL;
}

/* --- questions --- */

struct err *driver_ask_state(struct machine *m, enum machine_state *ret)
{
	TRY(driver_need(m));
	return m->driver->ops->state(m->self, ret);
}

char *driver_ask_problem(struct machine *m)
{
	return m->driver->ops->problem ? m->driver->ops->problem(m->self) : NULL;
}

struct err *driver_ask_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(driver_need(m));
	return m->driver->ops->endpoint(m->self, ret);
}

/* --- what is done to a machine that is there --- */

struct err *driver_reach(struct machine *m)
{
	TRY(driver_need(m));
	return m->driver->ops->reach ? m->driver->ops->reach(m->self) : NULL;
}

struct err *driver_ports(struct machine *m, struct driver_port **ret, size_t *ret_n)
{
	if (m->driver->ops->ports)
		return m->driver->ops->ports(m->self, ret, ret_n);
	return err_hint(err_new(ERR_UNSUPPORTED, "driver '%s' does not know what is published", m->driver->name),
			"Ask the engine: docker ps");
}

struct err *driver_certificates(struct machine *m, const cJSON *files)
{
	return m->driver->ops->certificates(m->self, files);
}

struct err *driver_reseed(struct machine *m, const char *seed)
{
	return m->driver->ops->reseed ? m->driver->ops->reseed(m->self, seed) : NULL;
}

struct err *driver_upgrade(struct machine *m, const struct driver_image *image)
{
	return m->driver->ops->upgrade ? m->driver->ops->upgrade(m->self, image) : NULL;
}

struct err *driver_resize(struct machine *m, const struct driver_sizes *sizes)
{
	return m->driver->ops->resize(m->self, sizes);
}

const char *driver_fetch_console(struct machine *m)
{
	return m->driver && m->driver->ops->fetch_console ? m->driver->ops->fetch_console(m->self) : NULL;
}

/* --- a driver's own process --- */

struct err *driver_run_helper(const char *driver, int argc, char *const *argv, int *ret)
{
	const struct driver *d = driver_resolve(driver);

	if (!d || !d->ops->helper_main)
		return err_new(ERR_NOT_FOUND, "driver '%s' has no process of its own", driver);
	*ret = d->ops->helper_main(argc, argv);
	return NULL;
}
