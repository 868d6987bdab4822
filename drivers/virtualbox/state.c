/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/state.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/link/console.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/nat.h"
#include "drivers/virtualbox/output.h"

#define SILENT_S 30 /* from a start to the console's first line, at most */

/* --- what VirtualBox says --- */

struct err *vbox_state_read(struct vbox *v, const char *info, enum machine_state *ret)
{
	TRY(vbox_is_here(v, info));
	auto_free char *word = vbox_info(info, "VMState");
	*ret = vbox_state(word);
	v->paused = *ret == STATE_PAUSED;
	/* A start that was killed may have moved a port, and have told nobody. */
	if (*ret == STATE_RUNNING && *v->config.uuid && !vbox_is_hostonly(&v->config))
		nat_see(v, info);
	if (*ret == STATE_NONE)
		return err_new(ERR_FAILED, "VBoxManage showvminfo tells no state that is known%s%s", word ? ": " : "",
			       word ? word : "");
	return NULL;
}

static struct err *state_ask(struct vbox *v, struct manage_result *r, enum machine_state *ret)
{
	TRY(manage_ask_info(v, MANAGE_ASK_MS, r));
	if (r->trouble == VBOX_INACCESSIBLE) {
		*ret = STATE_ERROR;
		return NULL;
	}
	if (r->trouble != VBOX_NO_TROUBLE)
		return manage_error(v, "showvminfo", r);
	return vbox_state_read(v, r->out.buf, ret);
}

struct err *vbox_state_told(struct vbox *v, enum machine_state *ret)
{
	auto_manage_result r = MANAGE_RESULT_INIT;

	return state_ask(v, &r, ret);
}

/* --- what the guest says --- */

/* VMStateChangeTime="2026-11-23T08:48:02.000000000", in UTC: is that long ago? A clock that was set is no reason to wait. */
static bool state_is_old(const char *info)
{
	auto_free char *text = vbox_info(info, "VMStateChangeTime");
	struct tm since = { 0 };

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &since))
		return true;
	time_t age = time(NULL) - timegm(&since);
	return age < 0 || age > SILENT_S;
}

/* VirtualBox begins the console anew with each of its processes: one that goes on from a saved state finds it empty. */
static enum machine_state state_of_console(const struct vbox *v, const char *info)
{
	auto_boot_wait w = { .event = NULL };
	struct console c = { .path = v->console };
	bool ready = false;
	auto_err *e = console_read(&c, &w, &ready);

	if (e && e->code == ERR_FAILED && c.at > 0)
		return STATE_ERROR;
	if (ready)
		return STATE_RUNNING;
	return *w.stage || !state_is_old(info) ? STATE_STARTING : STATE_RUNNING;
}

enum machine_state vbox_state_guest(const struct vbox *v, const char *info)
{
	struct lockfile l = lockfile_read(v->lock);

	/* Another system than ours tells nothing of its boot. */
	if (!*v->config.uuid || v->config.boot2docker)
		return STATE_RUNNING;
	/* The keeper hears the agent, who tells of a boot that nobody followed too. */
	if (l.held && str_eq(l.phase, VBOX_PHASE_READY))
		return STATE_RUNNING;
	if (l.held && str_eq(l.phase, VBOX_PHASE_FAILED))
		return STATE_ERROR;
	return state_of_console(v, info);
}

struct err *vbox_state_of(void *self, enum machine_state *ret)
{
	struct vbox *v = self;
	auto_manage_result r = MANAGE_RESULT_INIT;

	TRY(state_ask(v, &r, ret));
	if (*ret == STATE_RUNNING)
		*ret = vbox_state_guest(v, r.out.buf);
	return NULL;
}
