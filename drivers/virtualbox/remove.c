/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing: what is ours, from any state. The machine is unregistered without --delete, which would delete every disk that
 * is attached, one of the user's too; its own files lie in its folder, which core removes.
 */
#include "drivers/virtualbox/remove.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/virtualbox/hostonly_net.h"
#include "drivers/virtualbox/keep_client.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/virtualbox/power.h"
#include "drivers/virtualbox/process.h"
#include "drivers/virtualbox/settings.h"

/* Whatever VirtualBox says of a machine that it cannot read, it forgets it; so it is asked afterwards. */
static struct err *remove_forget(struct vbox *v)
{
	auto_manage_result done = MANAGE_RESULT_INIT, again = MANAGE_RESULT_INIT;

	TRY(manage_ask(v, MANAGE_DO_MS, &done, "unregistervm", vbox_id(v), NULL));
	if (done.trouble == VBOX_AGAIN) { /* a start that was cut off is still going on */
		TRY(vbox_kill(v));
		TRY(manage_ask(v, MANAGE_DO_MS, &done, "unregistervm", vbox_id(v), NULL));
	}
	if (done.trouble == VBOX_NO_TROUBLE || done.trouble == VBOX_NOT_FOUND)
		return NULL;
	TRY(manage_ask_info(v, MANAGE_ASK_MS, &again));
	return again.trouble == VBOX_NOT_FOUND ? NULL : manage_error(v, "unregistervm", &done);
}

static bool remove_is_off(enum machine_state s)
{
	return s == STATE_STOPPED || s == STATE_SAVED;
}

/* Ends e. */
static struct err *remove_warn(const struct vbox *v, const char *what, struct err *e)
{
	auto_free char *why = err_text(e), *line = xasprintf("%s: %s", what, why);

	v->env->warn(v->env->data, line);
	err_free(e);
	return NULL;
}

static struct err *remove_machine(struct vbox *v)
{
	auto_manage_result r = MANAGE_RESULT_INIT;

	/* Known by its name alone: a machine of that name would be another's. */
	if (!*vbox_id(v))
		return NULL;
	TRY(manage_ask_info(v, MANAGE_ASK_MS, &r));
	if (r.trouble == VBOX_NOT_FOUND)
		return NULL;
	if (r.trouble == VBOX_NO_TROUBLE) {
		struct err *copy = vbox_is_here(v, r.out.buf);

		if (copy)
			return remove_warn(v, "VirtualBox's machine stays", copy);
		auto_free char *word = vbox_info(r.out.buf, "VMState");

		if (!remove_is_off(vbox_state(word)))
			TRY(vbox_kill(v));
	} else if (r.trouble != VBOX_INACCESSIBLE) {
		return manage_error(v, "showvminfo", &r);
	}
	return remove_forget(v);
}

static struct err *remove_runs(const struct vbox *v, struct err *e)
{
	e->code = ERR_WRONG_STATE;
	return err_wrap(e, "machine '%s' runs", v->env->name);
}

/* VirtualBox is gone from this host: so are its machines; their files go with the folder. Or it is not on this PATH. */
static struct err *remove_outside(struct vbox *v)
{
	struct err *e = remove_machine(v);

	if (!e || e->code != ERR_NOT_FOUND)
		return e;
	if (*vbox_id(v) && vbox_process_runs(owner_uid(v->env->store), vbox_id(v)))
		return remove_runs(v, e);
	return remove_warn(v, "VirtualBox is not told", e);
}

static struct err *remove_hostonly(const struct vbox *v)
{
	struct err *e = hostonly_release(v);

	return e && e->code == ERR_NOT_FOUND ? remove_warn(v, "VirtualBox is not told", e) : e;
}

struct err *vbox_remove(void *self)
{
	struct vbox *v = self;
	auto_free char *agent = vbox_agent_path(v);

	TRY(remove_outside(v));
	TRY(vbox_keep_end(v));
	if (agent)
		unlink(agent);
	if (vbox_is_hostonly(&v->config) && *v->config.uuid)
		return remove_hostonly(v);
	return loopback_release(v->env->state_dir, v->env->dir, v->config.address);
}

/* The record cannot be read: VirtualBox's own file in the folder says which machine it is. */
struct err *vbox_sweep(const struct driver_env *env)
{
	auto_free char *lock = fs_join(env->dir, VBOX_FILE_LOCK);
	struct vbox v = { .env = env, .lock = lock };
	auto_free char *uuid = settings_read_uuid(env->dir, env->name);

	if (uuid) {
		v.config.uuid = uuid;
		TRY(remove_outside(&v));
	}
	TRY(vbox_keep_end(&v));
	return remove_hostonly(&v);
}
