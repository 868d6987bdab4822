/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/keeper/helper.h"
#include "drivers/keeper/lockfile.h"

#define AGAIN_MAX_MS 10000 /* the longest pause before the agent's line is opened again */
#define NUDGE_MS 5000	   /* a stop that is not obeyed is asked for again */

void keeper_note(struct keeper *k)
{
	static const char *const words[] = { "starting", "running", "stopping" };
	const char *word = words[k->phase];

	if (k->phase == KEEPER_RUNNING)
		word = k->paused ? "paused" : k->story.ready ? "running" : k->story.failed ? "failed" : "booting";
	if (k->lock_fd < 0 || (k->noted && str_eq(k->noted, word)))
		return;
	k->noted = word;
	lockfile_write(k->lock_fd, word);
}

static void keeper_set_phase(struct keeper *k, enum keeper_phase phase)
{
	k->phase = phase;
	keeper_note(k);
}

void keeper_is_up(struct keeper *k)
{
	k->up = true;
	if (k->phase == KEEPER_STARTING)
		keeper_set_phase(k, KEEPER_RUNNING);
	else if (k->ops->stop) /* a stop came first */
		k->ops->stop(k->self);
	if (k->parent.fd >= 0)
		helper_answer(&k->parent, NULL);
	chan_close(&k->parent);
}

void keeper_problem(struct keeper *k, const char *text, bool paused)
{
	static const char works[] = "the machine's disk works again";
	bool known = text && k->problem && str_eq(text, k->problem);

	k->paused = text && paused;
	if (!known && (text || k->problem)) {
		story_warn(&k->story, text ? text : works);
		dprintf(STDERR_FILENO, "%s\n", text ? text : works);
	}
	if (!known) {
		free(k->problem);
		k->problem = text ? xstrdup(text) : NULL;
	}
	keeper_note(k);
}

void keeper_tell_end(struct keeper *k, bool clean, const char *reason)
{
	auto_json *event = json_object();

	json_set_str(event, "event", "died");
	json_set_bool(event, "clean", clean);
	json_set_str(event, "message", reason);
	control_event(&k->control, event);
	k->unclean = !clean;
}

void keeper_done(struct keeper *k)
{
	k->done = true;
}

static void keeper_connect_later(struct keeper *k)
{
	k->connect_at = deadline_in(k->connect_ms);
	k->connect_ms = k->connect_ms * 2 > AGAIN_MAX_MS ? AGAIN_MAX_MS : k->connect_ms * 2;
}

void keeper_line_failed(struct keeper *k, struct err *e)
{
	auto_free char *why = err_text(e);

	log_debug("%s", why);
	err_free(k->trouble);
	k->trouble = e;
	keeper_connect_later(k);
	if (k->ops->look && k->ops->look(k->self))
		keeper_done(k);
}

void keeper_line_lost(struct keeper *k)
{
	link_close(&k->link);
	if (!k->ops->connect)
		return;
	control_agent_lost(&k->control, "the guest's agent went away");
	keeper_connect_later(k);
}

void keeper_boot_begins(struct keeper *k)
{
	control_agent_lost(&k->control, "the guest restarted");
	link_restart(&k->link);
	port_work_want(&k->ports, NULL);
	story_begin(&k->story);
}

static bool keeper_console_line(void *data, char *line)
{
	struct keeper *k = data;

	story_take_console(&k->story, line);
	return true;
}

void keeper_console(struct keeper *k, struct console_line *line, const char *text, size_t n)
{
	console_feed(line, text, n, keeper_console_line, k);
}

void keeper_stop(struct keeper *k)
{
	if (k->killed)
		return;
	keeper_set_phase(k, KEEPER_STOPPING);
	if (k->link.hello)
		link_poweroff(&k->link);
	else if (k->ops->stop)
		k->ops->stop(k->self);
	k->nudge_at = deadline_in(NUDGE_MS);
}

void keeper_kill_for(struct keeper *k, const char *why)
{
	k->killed = true;
	keeper_set_phase(k, KEEPER_STOPPING);
	if (k->ops->kill)
		k->ops->kill(k->self, why);
}

void keeper_kill(struct keeper *k)
{
	keeper_kill_for(k, NULL);
}

void keeper_nudge(struct keeper *k)
{
	k->nudge_at = deadline_in(NUDGE_MS);
	if (k->ops->stop)
		k->ops->stop(k->self);
}
