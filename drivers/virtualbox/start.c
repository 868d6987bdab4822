/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a machine from whatever state it is in. */
#include "drivers/virtualbox/start.h"

#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "drivers/virtualbox/hostonly_net.h"
#include "drivers/virtualbox/keep_client.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/nat.h"
#include "drivers/virtualbox/power.h"
#include "drivers/virtualbox/state.h"

#define SETTLE_MS 120000 /* saving a large machine's memory */

struct settling {
	struct vbox *v;
	struct str info;
	enum machine_state state;
};

static struct err *settle_step(void *data, bool *done)
{
	struct settling *s = data;

	TRY(manage_info(s->v, &s->info));
	TRY(vbox_state_read(s->v, s->info.buf, &s->state));
	*done = s->state != STATE_STARTING && s->state != STATE_STOPPING;
	return NULL;
}

/* What a machine that is off is given anew: ports that are free now, an interface that is there. */
static struct err *start_prepare(struct vbox *v, const char *info)
{
	auto_free char *interface = NULL, *had = vbox_info(info, "hostonlyadapter2");
	auto_list words = { 0 };

	list_add(&words, "modifyvm");
	list_add(&words, vbox_id(v));
	if (vbox_is_hostonly(&v->config)) {
		TRY(hostonly_prepare(v, &interface));
		if (!had || !str_eq(had, interface)) {
			list_add(&words, "--hostonlyadapter2");
			list_add(&words, interface);
		}
	} else {
		TRY(nat_choose(&v->config));
		nat_words(&v->config, info, &words);
	}
	return words.n > 2 ? manage_run(v, &words, MANAGE_ASK_MS, NULL) : NULL;
}

/* Interfaces go with a reboot, and what is saved cannot be given another. */
static struct err *start_check_interface(struct vbox *v, const char *info)
{
	auto_free char *interface = NULL, *had = vbox_info(info, "hostonlyadapter2");

	if (!had)
		return NULL;
	TRY(hostonly_prepare(v, &interface));
	if (str_eq(had, interface))
		return NULL;
	return err_hint(err_new(ERR_WRONG_STATE,
				"machine '%s' was saved on the host-only interface '%s', which is gone", v->env->name,
				had),
			"Give up its saved state: machine kill %s", v->env->name);
}

static struct err *start_run(struct vbox *v)
{
	v->started = !v->woken;
	TRY(manage(v, MANAGE_DO_MS, NULL, "startvm", vbox_id(v), "--type", v->config.ui_type, NULL));
	return vbox_is_hostonly(&v->config) || !*v->config.uuid ? NULL : nat_verify(v);
}

/* It runs already. A start that was killed while the guest boots has perhaps not seen to the ports. */
static struct err *start_go_on(struct vbox *v, enum machine_state s)
{
	return s == STATE_STARTING && !vbox_is_hostonly(&v->config) ? nat_verify(v) : NULL;
}

struct err *vbox_start(void *self, const struct driver_image *image)
{
	struct vbox *v = self;
	struct settling s = { .v = v, .info = STR_INIT };
	struct err *e;

	(void)image; /* it has its own copy */
	nat_take_seen(v);
	if (v->made) {
		v->made = false;
		return start_run(v);
	}
	e = retry_until(deadline_in(SETTLE_MS), 250, "VirtualBox to be done with the machine", settle_step, &s);
	auto_str info = s.info;
	TRY(e);
	v->woken = s.state == STATE_PAUSED || s.state == STATE_SAVED;
	if (s.state == STATE_RUNNING) {
		s.state = vbox_state_guest(v, info.buf);
		if (s.state != STATE_ERROR)
			return start_go_on(v, s.state);
	}
	if (s.state == STATE_PAUSED)
		return vbox_resume(v);
	/* A guru meditation, where VirtualBox's process is there and the guest is not; or a boot that failed. */
	if (s.state == STATE_ERROR)
		TRY(vbox_kill(v));
	/* One of the run before knows nothing of this one. */
	if (s.state != STATE_SAVED)
		TRY(vbox_keep_end(v));
	/* A record of docker-machine's own leaves the ports to what VirtualBox has. */
	if (s.state != STATE_SAVED && *v->config.uuid)
		TRY(start_prepare(v, info.buf));
	if (s.state == STATE_SAVED && vbox_is_hostonly(&v->config))
		TRY(start_check_interface(v, info.buf));
	return start_run(v);
}
