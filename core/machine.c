/* SPDX-License-Identifier: Apache-2.0 */
#include "core/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/engine_check.h"
#include "core/identity.h"
#include "core/record.h"
#include "core/ssh.h"
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

struct err *machine_read(struct machine *m)
{
	if (m->self)
		m->ops->close(TAKE(m->self));
	json_freep(&m->record);
	TRY(record_load(m->core, m->name, &m->record, &m->old));
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

	TRY(record_check_opts(opts));
	m->record = record_new(c, name, ops->name, opts);
	m->ops = ops;
	TRY(err_wrap(ops->from_opts(&m->env, opts, &m->self),
		     "Error setting machine configuration from flags provided"));
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
	if (m->old)
		TRY(record_keep_old(m->core, m->name));
	m->old = false;
	return record_save(m->core, m->name, m->record);
}

struct err *machine_no_driver(const struct machine *m, const char *hint)
{
	return err_hint(err_new(ERR_UNSUPPORTED,
				"Driver \"%s\" not found. Do you have the plugin binary accessible in your PATH?",
				json_str_or(m->record, "DriverName", "")),
			"%s", hint);
}

struct err *machine_need_driver(const struct machine *m)
{
	if (m->ops)
		return NULL;
	return machine_no_driver(m, "This tool has no driver of that name: machine create --help lists those it has.");
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
	TRY(machine_need_driver(m));
	if (machine_is_half_made(m)) {
		bool removing = str_eq(record_progress(m->record), "removing");
		bool at_work = store_lock_owner(m->core, m->name) != 0;

		*ret = !at_work ? STATE_ERROR : removing ? STATE_STOPPING : STATE_STARTING;
		return NULL;
	}
	return m->ops->state(m->self, ret);
}

char *machine_problem(struct machine *m, enum machine_state s)
{
	bool on = s == STATE_RUNNING || s == STATE_PAUSED || s == STATE_STOPPING;

	return on && m->ops && m->ops->problem && !machine_is_half_made(m) ? m->ops->problem(m->self) : NULL;
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
	TRY(machine_need_driver(m));
	return m->ops->endpoint(m->self, ret);
}

struct err *machine_running_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(machine_require_running(m));
	return m->ops->endpoint(m->self, ret);
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
	if (!m->ops->ports)
		return err_hint(err_new(ERR_UNSUPPORTED, "driver '%s' does not know what is published", m->ops->name),
				"Ask the engine: docker ps");
	return m->ops->ports(m->self, ret, ret_n);
}
