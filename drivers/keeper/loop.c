/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/clock.h"
#include "drivers/keeper/helper.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/order.h"
#include "drivers/keeper/request.h"

#define LOCK_MS 2000
#define TERM_MS 90000 /* SIGTERM: how long the guest may take to power off */
#define AGAIN_MS 200  /* the first pause before the agent's line is opened again */

static const struct deadline never = { INT64_MAX };

/* --- the guest --- */

static void loop_tell(void *data, const cJSON *event)
{
	struct keeper *k = data;

	control_event(&k->control, event);
}

static void loop_turned(void *data)
{
	keeper_note(data);
}

static void loop_line_works(struct keeper *k)
{
	k->connect_ms = AGAIN_MS;
	err_free(k->trouble);
	k->trouble = NULL;
}

static void loop_event(void *data, const char *event, const cJSON *message)
{
	struct keeper *k = data;

	loop_line_works(k);
	if (str_eq(event, "hello")) {
		story_again(&k->story);
		if (k->phase == KEEPER_STOPPING)
			link_poweroff(&k->link);
	} else if (str_eq(event, "ports")) {
		port_work_want(&k->ports, json_get_or_null(message, "ports"));
		port_work_turn(&k->ports); /* now: what is in the way is told before "ready" */
	} else {
		story_take(&k->story, message);
		if (k->ops->heard)
			k->ops->heard(k->self, event, message);
	}
}

static void loop_answer(void *data, int64_t id, const cJSON *message)
{
	struct keeper *k = data;

	loop_line_works(k);
	if (id && id == k->link.poweroff_id) {
		if (json_bool_or(message, "ok", false))
			k->nudge_at = never; /* it is on its way; its containers may take their time */
		else if (k->ops->stop)
			k->ops->stop(k->self);
	}
	control_agent_answered(&k->control, id, message);
}

static void loop_connect(struct keeper *k)
{
	k->connect_at = never;
	struct err *e = k->ops->connect(k->self);
	if (e)
		keeper_line_failed(k, e);
}

static void loop_hear(struct keeper *k)
{
	if (!link_read(&k->link))
		keeper_line_lost(k);
}

/* --- signals, and who started us --- */

static void loop_signal(struct keeper *k)
{
	struct signalfd_siginfo info;

	while (read(k->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD && k->ops->child)
			k->ops->child(k->self);
		if (info.ssi_signo != SIGTERM || k->term_by.at_ms != never.at_ms)
			continue;
		if (k->ops->owns_machine) {
			k->term_by = deadline_in(TERM_MS);
			keeper_stop(k);
		} else {
			keeper_done(k);
		}
	}
}

/* Whoever started us went away before the machine was up, say by Ctrl-C: nothing of it is to be left. */
static void loop_parent(struct keeper *k)
{
	if (chan_read(&k->parent))
		return;
	chan_close(&k->parent);
	if (!k->up && k->ops->owns_machine)
		k->ops->kill(k->self, "the start was broken off");
}

/* --- the loop --- */

enum {
	P_SIGNAL,
	P_CLOCK,
	P_PARENT,
	P_LINK,
	P_CONTROL,
	P_DRIVER = P_CONTROL + CONTROL_FDS,
	P_ALL = P_DRIVER + KEEPER_FDS
};

static int loop_timeout(const struct keeper *k)
{
	const struct deadline all[] = { k->term_by,
					k->nudge_at,
					k->connect_at,
					k->link.greet_at,
					port_work_due(&k->ports),
					k->ops->due ? k->ops->due(k->self) : never };
	struct deadline next = never;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].at_ms < next.at_ms)
			next = all[i];
	return next.at_ms == never.at_ms ? -1 : deadline_left_ms(next);
}

static void loop_timers(struct keeper *k)
{
	if (deadline_passed(k->term_by)) {
		k->term_by = never;
		keeper_kill_for(k, "the guest did not power off in time");
	}
	if (deadline_passed(k->nudge_at))
		keeper_nudge(k);
	if (deadline_passed(k->connect_at))
		loop_connect(k);
	link_turn(&k->link);
	port_work_turn(&k->ports);
}

static size_t loop_fds(struct keeper *k, struct pollfd *p)
{
	p[P_SIGNAL] = (struct pollfd){ .fd = k->signal_fd, .events = POLLIN };
	p[P_CLOCK] = (struct pollfd){ .fd = k->clock_fd, .events = POLLIN };
	p[P_PARENT] = (struct pollfd){ .fd = k->parent.fd, .events = POLLIN };
	p[P_LINK] = (struct pollfd){ .fd = k->link.chan.fd, .events = chan_events(&k->link.chan) };
	control_fds(&k->control, p + P_CONTROL);
	return P_DRIVER + (k->ops->fds ? k->ops->fds(k->self, p + P_DRIVER) : 0);
}

static void loop_turn(struct keeper *k)
{
	struct pollfd p[P_ALL];
	bool found = poll(p, loop_fds(k, p), loop_timeout(k)) > 0;

	if (k->ops->turn)
		k->ops->turn(k->self, found ? p + P_DRIVER : NULL);
	if (found) {
		if (p[P_LINK].revents & POLLOUT)
			chan_flush(&k->link.chan);
		/* The driver may have closed it, and its number be another's. */
		if ((p[P_LINK].revents & ~POLLOUT) && k->link.chan.fd == p[P_LINK].fd)
			loop_hear(k);
		control_turn(&k->control, p + P_CONTROL);
		if (p[P_CLOCK].revents && clock_watch_jumped(k->clock_fd))
			link_time(&k->link);
		if (p[P_PARENT].revents)
			loop_parent(k);
		if (p[P_SIGNAL].revents)
			loop_signal(k);
	}
	if (!k->done)
		loop_timers(k);
}

/* --- the beginning and the end --- */

static struct err *loop_lock(struct keeper *k)
{
	auto_free char *lock = fs_join(k->dir, k->ops->lock);
	struct err *e = fs_lock(lock, LOCK_MS, &k->lock_fd);

	if (e && e->code == ERR_WRONG_STATE) {
		err_free(e);
		return err_new(ERR_WRONG_STATE, "machine '%s' runs already", k->name);
	}
	return e;
}

static void loop_warn(void *data, const char *text)
{
	struct keeper *k = data;

	story_warn(&k->story, text);
}

static struct err *loop_begin(struct keeper *k)
{
	auto_json *order = NULL;

	TRY(helper_signals(&k->signal_fd));
	signal(SIGXFSZ, SIG_IGN);
	TRY(clock_watch_open(&k->clock_fd));
	TRY(helper_read_order(&k->parent, &order));
	TRY(order_take(order, k));
	TRY(helper_become_owner(k->dir));
	TRY(loop_lock(k));
	keeper_note(k);
	auto_free char *control = fs_join(k->dir, KEEPER_FILE_CONTROL);
	TRY(control_open(&k->control, control));
	k->connect_at = k->ops->connect ? deadline_in(0) : never;
	return k->ops->begin(k->self, k, order);
}

static void loop_request(void *data, struct control_client *c, const char *word, const cJSON *request)
{
	request_take(data, c, word, request);
}

static struct keeper *loop_new(const struct keeper_ops *ops, void *self)
{
	struct keeper *k = xcalloc(1, sizeof(*k));

	k->ops = ops;
	k->self = self;
	k->lock_fd = k->signal_fd = k->clock_fd = -1;
	k->connect_ms = AGAIN_MS;
	k->connect_at = k->term_by = k->nudge_at = never;
	k->story = (struct story){ .tell = loop_tell, .turned = loop_turned, .data = k };
	k->ports = (struct port_work){
		.carry = ops->carry, .settle = ops->settle, .data = self, .warn = loop_warn, .warn_data = k
	};
	port_work_begin(&k->ports);
	link_init(&k->link, loop_event, loop_answer, k);
	control_init(&k->control, loop_request, k);
	helper_open(&k->parent);
	return k;
}

/* What is ours to remove is removed only under the lock: without it, another keeper owns these files. */
static void loop_free(struct keeper *k)
{
	control_close(&k->control);
	link_close(&k->link);
	port_work_release(&k->ports);
	story_release(&k->story);
	free(k->problem);
	err_free(k->trouble);
	mem_closep(&k->signal_fd);
	mem_closep(&k->clock_fd);
	mem_closep(&k->lock_fd);
}

int loop_run(const struct keeper_ops *ops, void *self)
{
	umask(077);
	if (chdir("/") < 0)
		return 1;
	prctl(PR_SET_NAME, ops->title);
	struct keeper *k = loop_new(ops, self);
	auto_err *e = loop_begin(k);
	bool began = !e;
	while (began && !k->done)
		loop_turn(k);
	if (began && ops->end)
		e = ops->end(self);
	if (ops->release)
		ops->release(self);
	loop_free(k);
	/* After the lock is free: who started it may try again at once. */
	if (e && k->parent.fd >= 0)
		helper_answer(&k->parent, e);
	chan_close(&k->parent);
	int status = e || k->unclean;
	order_release(k);
	free(k);
	return status;
}
