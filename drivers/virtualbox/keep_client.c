/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/keep_client.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/order.h"
#include "drivers/virtualbox/record.h"

#define START_MS 15000

struct err *vbox_keep_start(const struct vbox *v)
{
	static const struct order_start start = { "virtualbox", "keep", VBOX_FILE_LOG, "the machine's keeper", NULL };
	auto_free char *agent = vbox_agent_path(v);

	if (!agent || !*v->config.uuid || fs_is_locked(v->lock))
		return NULL;
	auto_json *order = order_new(v->env);
	json_set_str(order, "agent", agent);
	json_set_bool(order, "fresh", v->started);
	json_set_bool(order, "ready", v->woken);
	vbox_config_save(&v->config, v->env, json_object_at(order, "driver"));
	struct err *e = order_run(&start, v->env, order, START_MS);
	if (e && e->code == ERR_WRONG_STATE) { /* another command was first */
		err_free(e);
		return NULL;
	}
	return e;
}

struct err *vbox_keep_revive(const struct vbox *v)
{
	auto_free char *agent = vbox_agent_path(v);

	return agent && fs_exists(agent) ? vbox_keep_start(v) : NULL;
}

struct err *vbox_keep_await_end(const struct vbox *v, int timeout_ms)
{
	struct err *e = fs_is_locked(v->lock) ? lockfile_wait_free(v->lock, timeout_ms) : NULL;

	if (!e || e->code == ERR_INTERRUPTED)
		return e;
	err_free(e);
	return NULL;
}

struct err *vbox_keep_end(const struct vbox *v)
{
	auto_free char *control = fs_join(v->env->dir, KEEPER_FILE_CONTROL);

	TRY(lockfile_end_owner(v->lock));
	unlink(control);
	return NULL;
}
