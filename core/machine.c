/* SPDX-License-Identifier: Apache-2.0 */
#include "core/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/driver_call.h"
#include "core/provisioner.h"
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
	driver_close(m);
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

struct err *machine_read(struct machine *m)
{
	driver_close(m);
	json_freep(&m->record);
	TRY(record_load(m->core, m->name, &m->record, &m->old));
	m->driver = driver_resolve(json_str_or(m->record, "DriverName", ""));
	if (m->driver)
		TRY(machine_bad_record(m, driver_open_record(m)));
	m->provisioner = provisioner_of(m);
	return NULL;
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

struct err *machine_new(const struct core *c, const char *name, const struct driver *driver, const struct opts *opts,
			struct machine **ret)
{
	auto_machine *m = machine_alloc(c, name);

	TRY(record_check_opts(opts));
	m->record = record_new(c, name, driver->name, opts);
	m->driver = driver;
	TRY(err_wrap(driver_open_new(m, opts), "Error setting machine configuration from flags provided"));
	m->provisioner = provisioner_of(m);
	TRY(driver_save(m));
	*ret = TAKE(m);
	return NULL;
}

struct err *machine_sweep(const struct core *c, const char *name)
{
	auto_machine *m = machine_alloc(c, name);

	return driver_sweep_all(m);
}

struct err *machine_save(struct machine *m)
{
	TRY(driver_save(m));
	if (m->old)
		TRY(record_keep_old(m->core, m->name));
	m->old = false;
	return record_save(m->core, m->name, m->record);
}

bool machine_is_half_made(const struct machine *m)
{
	return !str_eq(record_progress(m->record), "ready");
}

struct err *machine_need_finished(const struct machine *m)
{
	if (!machine_is_half_made(m))
		return NULL;
	return err_hint(
		err_new(ERR_WRONG_STATE, "machine '%s' was never finished: its create was interrupted", m->name),
		"Remove what is left: machine rm %s", m->name);
}

struct err *machine_state(struct machine *m, enum machine_state *ret)
{
	TRY(driver_need(m));
	if (machine_is_half_made(m)) {
		bool removing = str_eq(record_progress(m->record), "removing");
		bool at_work = store_lock_owner(m->core, m->name) != 0;

		*ret = !at_work ? STATE_ERROR : removing ? STATE_STOPPING : STATE_STARTING;
		return NULL;
	}
	return driver_ask_state(m, ret);
}

char *machine_problem(struct machine *m, enum machine_state s)
{
	bool on = s == STATE_RUNNING || s == STATE_PAUSED || s == STATE_STOPPING;

	return on && m->driver && !machine_is_half_made(m) ? driver_ask_problem(m) : NULL;
}

static struct err *machine_stands(const struct machine *m, const char *problem)
{
	return err_hint(err_new(ERR_WRONG_STATE, "Host is not running: %s", problem),
			"Mend that. Where it does not go on by itself then: machine start %s", m->name);
}

struct err *machine_require_running(struct machine *m)
{
	enum machine_state s;

	TRY(machine_state(m, &s));
	auto_free char *problem = machine_problem(m, s);
	if (problem)
		return machine_stands(m, problem);
	if (s == STATE_RUNNING)
		return NULL;
	if (machine_is_half_made(m) && s == STATE_ERROR)
		return err_hint(err_new(ERR_WRONG_STATE, "Host is not running"),
				"Creating it was interrupted. Remove what is left: machine rm %s", m->name);
	return err_hint(err_new(ERR_WRONG_STATE, "Host is not running"), "Start it: machine start %s", m->name);
}

struct err *machine_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(driver_reach(m));
	return driver_ask_endpoint(m, ret);
}

struct err *machine_running_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(machine_require_running(m));
	return machine_endpoint(m, ret);
}

char *machine_swarm_url(const struct machine *m, const char *url)
{
	const char *port = strrchr(json_str_or(m->record, "HostOptions.SwarmOptions.Host", ""), ':');
	const char *colon = strrchr(url, ':');

	if (!json_bool_or(m->record, "HostOptions.SwarmOptions.Master", false) || !port || !colon)
		return NULL;
	return xasprintf("%.*s%s", (int)(colon - url), url, port);
}

struct err *machine_ports(struct machine *m, struct driver_port **ret, size_t *ret_n)
{
	TRY(machine_require_running(m));
	return driver_ports(m, ret, ret_n);
}
