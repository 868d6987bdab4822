/* SPDX-License-Identifier: Apache-2.0 */
#include "core/machine_state.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/driver_call.h"
#include "core/record.h"
#include "core/store.h"

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
