/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing: what is ours, from any state. The machine is unregistered without --delete, which would delete every disk that
 * is attached, one of the user's too; its own files lie in its folder, which core removes.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/virtualbox/hostonly_net.h"
#include "drivers/virtualbox/keeper.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/settings.h"
#include "drivers/vm/loopback.h"

/* Whatever VirtualBox says of a machine that it cannot read, it forgets it; so it is asked afterwards. */
static struct err *remove_forget(struct vbox *v)
{
	auto_manage_result done = MANAGE_RESULT_INIT, again = MANAGE_RESULT_INIT;

	TRY(manage_ask(v, MANAGE_DO_MS, &done, "unregistervm", vbox_id(v), NULL));
	if (done.trouble == VBOX_AGAIN) {	/* a start that was cut off is still going on */
		TRY(vbox_kill(v));
		TRY(manage_ask(v, MANAGE_DO_MS, &done, "unregistervm", vbox_id(v), NULL));
	}
	if (done.trouble == VBOX_NO_TROUBLE || done.trouble == VBOX_NOT_FOUND)
		return NULL;
	TRY(manage_ask(v, MANAGE_ASK_MS, &again, "showvminfo", vbox_id(v), "--machinereadable", NULL));
	return again.trouble == VBOX_NOT_FOUND ? NULL : manage_error(v, "unregistervm", &done);
}

static bool remove_is_off(enum machine_state s)
{
	return s == STATE_STOPPED || s == STATE_SAVED;
}

static struct err *remove_machine(struct vbox *v)
{
	auto_manage_result r = MANAGE_RESULT_INIT;

	/* Known by its name alone: a machine of that name would be another's. */
	if (!*v->config.uuid && !v->old_uuid)
		return NULL;
	TRY(manage_ask(v, MANAGE_ASK_MS, &r, "showvminfo", vbox_id(v), "--machinereadable", NULL));
	if (r.trouble == VBOX_NOT_FOUND)
		return NULL;
	if (r.trouble == VBOX_NO_TROUBLE) {
		auto_free char *word = vbox_info(r.out.buf, "VMState");

		if (!remove_is_off(vbox_state(word)))
			TRY(vbox_kill(v));
	} else if (r.trouble != VBOX_INACCESSIBLE) {
		return manage_error(v, "showvminfo", &r);
	}
	return remove_forget(v);
}

/* VirtualBox is gone from this host: so are its machines; their files go with the folder. */
static struct err *remove_outside(struct vbox *v)
{
	struct err *e = remove_machine(v);

	if (!e || e->code != ERR_NOT_FOUND)
		return e;
	auto_free char *why = err_text(e), *line = xasprintf("VirtualBox is not told: %s", why);
	v->env->warn(v->env->data, line);
	err_free(e);
	return NULL;
}

struct err *vbox_remove(void *self)
{
	struct vbox *v = self;
	auto_free char *agent = vbox_agent_path(v);

	TRY(remove_outside(v));
	TRY(keeper_end(v));
	if (agent)
		unlink(agent);
	if (vbox_is_hostonly(&v->config) && *v->config.uuid && *v->config.address)
		return hostonly_release(v);
	return loopback_release(v->env->state_dir, v->env->dir, v->config.address);
}

/* The record cannot be read: VirtualBox's own file in the folder says which machine it is. */
struct err *vbox_sweep(const struct driver_env *env)
{
	auto_free char *lock = fs_join(env->dir, VBOX_FILE_LOCK);
	struct vbox v = { .env = env, .lock = lock };
	auto_free char *uuid = settings_read_uuid(env->dir, env->name);

	if (!uuid)
		return keeper_end(&v);
	v.config.uuid = uuid;
	TRY(remove_outside(&v));
	return keeper_end(&v);
}
