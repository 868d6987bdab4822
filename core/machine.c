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
