/* SPDX-License-Identifier: Apache-2.0 */
/* Ending a machine, and its sizes. */
#include "drivers/virtualbox/power.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "drivers/virtualbox/keep_client.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/virtualbox/problem.h"
#include "drivers/virtualbox/process.h"
#include "drivers/virtualbox/state.h"
#include "drivers/vm/sizes.h"

#define NUDGE_MS 5000 /* a guest that was not ready for the power button is asked again */
#define KILL_MS 20000
#define PAUSE_MS 200
#define AGAIN_MS 1000 /* from going on to the next pause, when nothing has changed */

/* A machine that is not there any more is off too. */
static struct err *power_state(struct vbox *v, enum machine_state *ret)
{
	struct err *e = vbox_state_told(v, ret);

	if (!e || e->code != ERR_NOT_FOUND)
		return e;
	err_free(e);
	*ret = STATE_STOPPED;
	return NULL;
}

static bool power_is_off(enum machine_state s)
{
	return s == STATE_STOPPED || s == STATE_SAVED;
}

static struct err *resume_step(void *data, bool *done)
{
	enum machine_state s;

	TRY(vbox_state_told(data, &s));
	*done = s == STATE_PAUSED;
	return NULL;
}

/* What the guest could not write is written again at once: where nothing has changed VirtualBox pauses it again. */
struct err *vbox_resume(struct vbox *v)
{
	auto_free char *problem = vbox_problem(v);

	if (problem && vbox_has_no_room(v))
		return vbox_problem_error(v, problem);
	TRY(manage(v, MANAGE_SHORT_MS, NULL, "controlvm", vbox_id(v), "resume", NULL));
	if (!problem)
		return NULL;
	struct err *e = retry_until(deadline_in(AGAIN_MS), AGAIN_MS / 2, "the machine", resume_step, v);
	if (!e)
		return vbox_problem_error(v, problem);
	if (e->code != ERR_TIMEOUT)
		return e;
	err_free(e);
	return NULL;
}

struct stopping {
	struct vbox *v;
	struct deadline nudge;
};

static struct err *stop_button(struct vbox *v)
{
	auto_manage_result r = MANAGE_RESULT_INIT;

	TRY(manage_ask(v, MANAGE_SHORT_MS, &r, "controlvm", vbox_id(v), "acpipowerbutton", NULL));
	return r.trouble == VBOX_NO_TROUBLE || r.trouble == VBOX_NOT_RUNNING ? NULL : manage_error(v, "controlvm", &r);
}

static struct err *stop_step(void *data, bool *done)
{
	struct stopping *s = data;
	enum machine_state state;

	TRY(power_state(s->v, &state));
	*done = power_is_off(state);
	/* It may come to a stop on the way, for its disk: then waiting longer is of no use. */
	auto_free char *problem = state == STATE_PAUSED ? vbox_problem(s->v) : NULL;
	if (problem)
		return vbox_problem_error(s->v, problem);
	if (*done || !deadline_passed(s->nudge))
		return NULL;
	s->nudge = deadline_in(NUDGE_MS);
	/* It may just be on its way: then VirtualBox refuses, and the deadline decides. */
	IGNORE(stop_button(s->v));
	return NULL;
}

/* Its process sees the end of the agent's line at once, and asking VirtualBox is dear: so it is asked once more only then. */
struct err *vbox_stop(void *self, int timeout_ms)
{
	struct vbox *v = self;
	struct deadline d = deadline_in(timeout_ms);
	struct stopping s = { v, deadline_in(NUDGE_MS) };
	enum machine_state state;

	TRY(vbox_state_told(v, &state));
	if (state == STATE_PAUSED)
		TRY(vbox_resume(v));
	if (state == STATE_ERROR)
		return err_hint(
			err_new(ERR_WRONG_STATE, "machine '%s' hears no power button in this state", v->env->name),
			"End it without asking: machine kill %s", v->env->name);
	if (state == STATE_RUNNING || state == STATE_PAUSED)
		TRY(stop_button(v));
	TRY(vbox_keep_await_end(v, timeout_ms < NUDGE_MS ? timeout_ms : NUDGE_MS));
	struct err *e = retry_until(d, PAUSE_MS, "the machine to power off", stop_step, &s);
	if (e && e->code == ERR_TIMEOUT) {
		err_free(e);
		e = err_new(ERR_TIMEOUT, "machine '%s' did not power off in %d s", v->env->name, timeout_ms / 1000);
	}
	TRY(err_hint(e, "End it without asking: machine kill %s", v->env->name));
	return vbox_keep_end(v);
}

/* --- kill --- */

struct killing {
	struct vbox *v;
	enum machine_state state;
};

static struct err *kill_step(void *data, bool *done)
{
	struct killing *k = data;

	TRY(power_state(k->v, &k->state));
	*done = power_is_off(k->state);
	return NULL;
}

/* Who calls it has asked for the state, so that it is ours; or VirtualBox does not answer. */
struct err *vbox_kill(void *self)
{
	struct vbox *v = self;
	struct killing k = { v, STATE_NONE };
	auto_manage_result r = MANAGE_RESULT_INIT;
	struct err *e = manage_ask(v, KILL_MS, &r, "controlvm", vbox_id(v), "poweroff", NULL);

	if (e && e->code == ERR_INTERRUPTED)
		return e;
	/* Another refusal is an answer: it is saving, say, and is off soon. */
	if ((e || r.trouble == VBOX_AGAIN) && *v->config.uuid)
		vbox_process_kill(owner_uid(v->env->store), v->config.uuid);
	err_free(e);
	TRY(retry_until(deadline_in(KILL_MS), PAUSE_MS, "VirtualBox to end the machine", kill_step, &k));
	if (k.state == STATE_SAVED)
		TRY(manage(v, MANAGE_SHORT_MS, NULL, "discardstate", vbox_id(v), NULL));
	return vbox_keep_end(v);
}

/* --- sizes --- */

struct err *vbox_resize(void *self, const struct driver_sizes *sizes)
{
	struct vbox *v = self;
	struct driver_sizes s = { v->config.cpus > 0 ? v->config.cpus : 0, v->config.memory_mib, v->config.disk_mib };
	auto_free char *cpus = NULL, *memory = NULL;
	auto_list words = { 0 };

	TRY(vm_merge_sizes("virtualbox", sizes, &s));
	/* Neither the flat file that we make nor docker-machine's kind: VirtualBox refuses to resize VMDK. */
	if (s.disk_mib != v->config.disk_mib)
		return err_hint(err_new(ERR_UNSUPPORTED, "VirtualBox cannot grow a disk of this kind (VMDK)"),
				"Make another machine: machine create -d virtualbox --virtualbox-disk-size %" PRId64,
				s.disk_mib);
	memory = xasprintf("%" PRId64, s.memory_mib);
	cpus = xasprintf("%d", s.cpus);
	list_add(&words, "modifyvm");
	list_add(&words, vbox_id(v));
	list_add(&words, "--memory");
	list_add(&words, memory);
	if (sizes->cpus) { /* it may have all that the host has, which the record does not count */
		list_add(&words, "--cpus");
		list_add(&words, cpus);
	}
	TRY(manage_run(v, &words, MANAGE_DO_MS, NULL));
	v->config.memory_mib = s.memory_mib;
	if (sizes->cpus)
		v->config.cpus = s.cpus;
	return NULL;
}
