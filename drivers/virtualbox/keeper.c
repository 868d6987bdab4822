/* SPDX-License-Identifier: Apache-2.0 */
/* The command's side: starting, ending, asking. */
#include "drivers/virtualbox/keeper.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/helper.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/port_work.h"
#include "drivers/link/ask.h"
#include "drivers/virtualbox/record.h"

#define START_MS 15000

struct err *keeper_start(const struct vbox *v)
{
	auto_free char *log = fs_join(v->env->dir, VBOX_FILE_LOG), *agent = vbox_agent_path(v);
	auto_json *order = cJSON_CreateObject();
	const struct helper h = { "virtualbox", "keep", v->env->name, log, NULL, "the machine's keeper" };

	if (!agent || !*v->config.uuid || fs_is_locked(v->lock))
		return NULL;
	json_set_str(order, "name", v->env->name);
	json_set_str(order, "store", v->env->store);
	json_set_str(order, "dir", v->env->dir);
	json_set_str(order, "state_dir", v->env->state_dir);
	json_set_bool(order, "fresh", v->started);
	vbox_config_save(&v->config, v->env, json_object_at(order, "driver"));
	struct err *e = helper_run(&h, order, START_MS);
	if (e && e->code == ERR_WRONG_STATE) { /* another command was first */
		err_free(e);
		return NULL;
	}
	return e;
}

struct err *keeper_revive(const struct vbox *v)
{
	auto_free char *agent = vbox_agent_path(v);

	return agent && fs_exists(agent) ? keeper_start(v) : NULL;
}

struct err *keeper_await_end(const struct vbox *v, int timeout_ms)
{
	struct err *e = fs_is_locked(v->lock) ? lockfile_wait_free(v->lock, timeout_ms) : NULL;

	if (!e || e->code == ERR_INTERRUPTED)
		return e;
	err_free(e);
	return NULL;
}

struct err *keeper_end(const struct vbox *v)
{
	static const char *const files[] = { VBOX_FILE_PORTS, VBOX_FILE_CONTROL };

	TRY(lockfile_end_owner(v->lock));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = fs_join(v->env->dir, files[i]);

		unlink(path);
	}
	return NULL;
}

struct err *keeper_agent(const struct vbox *v, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_free char *path = fs_join(v->env->dir, VBOX_FILE_CONTROL);

	return ask_agent(path, request, timeout_ms, ret);
}

struct err *keeper_ports(const struct vbox *v, cJSON **ret)
{
	auto_free char *path = fs_join(v->env->dir, VBOX_FILE_PORTS);

	return port_work_read(path, ret);
}
