/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for the guest: its console says how far it is. */
#include "drivers/virtualbox/ready.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/link/console.h"
#include "drivers/link/text.h"
#include "drivers/virtualbox/keep_client.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/problem.h"
#include "drivers/virtualbox/state.h"

#define LOOK_MS 5000 /* a silent console: does the machine run at all? Asking is dear, so doubled up to: */
#define LOOK_MAX_MS 40000
#define PAUSE_MS 25
#define CLOCK_MS 5000
#define STAGE_NONE "start" /* until the guest says one */

struct waiting {
	struct vbox *v;
	struct console console;
	struct boot_wait boot;
	struct deadline look;
	int look_ms;
	bool kept; /* a keeper was seen: it ends at once with its machine */
};

static struct err *wait_look(struct waiting *w)
{
	enum machine_state s;

	w->look_ms = w->look_ms * 2 > LOOK_MAX_MS ? LOOK_MAX_MS : w->look_ms * 2;
	w->look = deadline_in(w->look_ms);
	TRY(vbox_state_told(w->v, &s));
	auto_free char *problem = vbox_problem(w->v);
	if (problem)
		return vbox_problem_error(w->v, problem);
	if (s == STATE_RUNNING || s == STATE_STARTING || s == STATE_PAUSED)
		return NULL;
	if (s == STATE_ERROR)
		return err_hint(err_new(ERR_WRONG_STATE, "VirtualBox stopped the machine after '%s' (guru meditation)",
					w->boot.stage),
				"Its log may tell why: %s/%s/Logs/VBox.log", w->v->env->dir, w->v->env->name);
	return err_new(ERR_WRONG_STATE, "the machine ended after '%s'", w->boot.stage);
}

static struct err *wait_step(void *data, bool *done)
{
	struct waiting *w = data;
	off_t before = w->console.at;
	struct lockfile l = lockfile_read(w->v->lock);
	bool ended = w->kept && !l.held;

	w->kept = l.held;
	TRY(console_read(&w->console, &w->boot, done));
	/* One that went on from a saved state has told its boot on another console: then the keeper knows. */
	if (str_eq(w->boot.stage, STAGE_NONE) && l.held && str_eq(l.phase, VBOX_PHASE_READY))
		*done = true;
	if (w->console.at != before)
		w->look = deadline_in(w->look_ms);
	return !*done && (ended || deadline_passed(w->look)) ? wait_look(w) : NULL;
}

/* It stood still while the machine did. */
static void wait_set_clock(const struct vbox *v)
{
	auto_json *request = json_object();
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_set_str(request, "do", "time");
	cJSON_AddNumberToObject(request, "unix", (double)now.tv_sec + (double)now.tv_nsec / 1e9);
	auto_json *answer = NULL;
	auto_err *e = client_ask_agent(v->env->dir, request, CLOCK_MS, &answer);
	auto_free char *why = e ? err_text(e) : NULL;

	if (why)
		log_debug("the machine's clock was not set: %s", why);
}

static struct err *wait_boot(struct vbox *v, struct deadline d,
			     void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	struct waiting w = { .v = v,
			     .console = { .path = v->console },
			     .boot = { .event = event, .data = data, .stage = STAGE_NONE },
			     .look = deadline_in(LOOK_MS),
			     .look_ms = LOOK_MS };
	auto_free char *tail = NULL;
	struct err *e = retry_until(d, PAUSE_MS, "the guest", wait_step, &w);

	if (e && e->code == ERR_TIMEOUT)
		e = boot_wait_timeout(&w.boot, e);
	boot_wait_release(&w.boot);
	if (e)
		tail = text_console_tail(v->console, BOOT_CONSOLE_LINES);
	return boot_with_console(e, tail);
}

struct err *vbox_wait_ready(void *self, struct deadline deadline,
			    void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	struct vbox *v = self;

	/* docker-machine's machines say nothing on a console, and one that was woken has said it before. */
	if (!*v->config.uuid || v->config.boot2docker)
		return NULL;
	TRY(vbox_keep_start(v));
	if (!v->woken)
		TRY(wait_boot(v, deadline, event, data));
	else
		wait_set_clock(v);
	return NULL;
}
