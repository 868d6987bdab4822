/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/supervisor.h"
#include "drivers/keeper/helper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/qemu/paths.h"

#define LOCK_MS 2000
/* Descriptors that are always polled; the clients follow. */
enum {
	P_SIGNAL,
	P_CLOCK,
	P_PARENT,
	P_ERROR,
	P_CONSOLE,
	P_QMP,
	P_AGENT,
	P_LISTEN,
	P_FIXED
};

const char *sup_phase_name(enum sup_phase p)
{
	static const char *const names[] = { "starting", "running", "stopping" };

	return names[p];
}

void sup_set_phase(struct sup *s, enum sup_phase phase)
{
	s->phase = phase;
	sup_note(s);
}

void sup_note(struct sup *s)
{
	const char *word = sup_phase_name(s->phase);

	if (s->phase == SUP_RUNNING)
		word = s->paused ? "paused" : s->ready ? "running" : s->failed ? "failed" : "booting";
	if (s->lock_fd < 0 || (s->noted && str_eq(s->noted, word)))
		return;
	s->noted = word;
	lockfile_write(s->lock_fd, word);
}

void sup_problem(struct sup *s, const char *text, bool paused)
{
	bool known = text && s->problem && str_eq(text, s->problem);

	/* What the guest was told stops nothing, and nothing says that it is over. */
	s->healed_at = text && !paused ? deadline_in(SUP_TOLD_MS) : SUP_NEVER;
	s->paused = text && paused;
	if (!known && (text || s->problem)) {
		sup_event(s, "warning", NULL, -1, text ? text : "the machine's disk works again");
		dprintf(STDERR_FILENO, "%s\n", text ? text : "the machine's disk works again");
	}
	if (!known) {
		free(s->problem);
		s->problem = text ? xstrdup(text) : NULL;
	}
	sup_note(s);
}

void sup_stop(struct sup *s)
{
	if (s->phase == SUP_STOPPING && s->quit_by.at_ms != SUP_NEVER.at_ms)
		return;
	sup_set_phase(s, SUP_STOPPING);
	s->clean = true;
	if (s->hello)
		sup_agent_poweroff(s);
	else if (s->qmp_up)
		sup_qmp_command(s, "system_powerdown");
	s->nudge_at = deadline_in(SUP_NUDGE_MS);
}

void sup_kill(struct sup *s)
{
	sup_set_phase(s, SUP_STOPPING);
	if (!s->reason)
		s->reason = "it was killed";
	s->clean = true;
	if (s->qmp_up)
		sup_qmp_command(s, "quit");
	s->quit_by = deadline_in(s->qmp_up ? SUP_QUIT_MS : 0);
}

static void sup_signal(struct sup *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			sup_reap(s);
		if (info.ssi_signo != SIGTERM || s->term_by.at_ms != SUP_NEVER.at_ms)
			continue;
		s->term_by = deadline_in(SUP_TERM_MS);
		sup_stop(s);
	}
}

/*
 * The host's clock was set, or it slept: the guest's did not move along. The timer itself never ends; the kernel cancels
 * it at each jump of the clock, which wakes the loop (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
 */
static void sup_clock_arm(struct sup *s)
{
	const struct itimerspec far = { .it_value = { .tv_sec = 0x7fffffff } };

	timerfd_settime(s->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

static void sup_clock(struct sup *s)
{
	uint64_t ticks;

	if (read(s->clock_fd, &ticks, sizeof(ticks)) >= 0 || errno != ECANCELED)
		return;
	sup_clock_arm(s);
	sup_agent_time(s);
}

static void sup_timers(struct sup *s)
{
	if (deadline_passed(s->start_by)) {
		s->reason = "QEMU did not answer in time";
		s->start_by = SUP_NEVER;
		s->quit_by = deadline_in(0);
	}
	if (deadline_passed(s->term_by)) {
		s->reason = "the guest did not power off in time";
		s->term_by = SUP_NEVER;
		sup_kill(s);
	}
	if (deadline_passed(s->quit_by)) {
		s->quit_by = SUP_NEVER;
		if (s->qemu)
			kill(s->qemu, SIGKILL);
	}
	if (deadline_passed(s->nudge_at)) {
		s->nudge_at = deadline_in(SUP_NUDGE_MS);
		if (s->qmp_up)
			sup_qmp_command(s, "system_powerdown");
	}
	if (deadline_passed(s->resume_at)) {
		s->resume_at = deadline_in(SUP_NUDGE_MS);
		sup_qmp_command(s, "cont");
	}
	if (deadline_passed(s->healed_at))
		sup_problem(s, NULL, false);
	if (deadline_passed(s->heal_at))
		sup_ports_heal(s);
}

static int sup_timeout(const struct sup *s)
{
	const struct deadline all[] = { s->start_by, s->quit_by,   s->term_by,	s->nudge_at,
					s->heal_at,  s->resume_at, s->healed_at };
	struct deadline next = SUP_NEVER;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].at_ms < next.at_ms)
			next = all[i];
	return next.at_ms == SUP_NEVER.at_ms ? -1 : deadline_left_ms(next);
}

/* Whoever started us went away before QEMU ran, say by Ctrl-C: nothing is to be left. */
static void sup_parent(struct sup *s)
{
	if (chan_read(&s->parent))
		return;
	chan_close(&s->parent);
	if (!s->qmp_up) {
		s->reason = "the start was broken off";
		s->quit_by = deadline_in(0);
	}
}

static size_t sup_poll_set(struct sup *s, struct pollfd *p)
{
	const struct chan *chans[] = { &s->parent, &s->qmp, &s->agent };
	const int places[] = { P_PARENT, P_QMP, P_AGENT };

	p[P_SIGNAL] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	p[P_CLOCK] = (struct pollfd){ .fd = s->clock_fd, .events = POLLIN };
	p[P_ERROR] = (struct pollfd){ .fd = s->error_fd, .events = POLLIN };
	p[P_CONSOLE] = (struct pollfd){ .fd = s->console.fd, .events = POLLIN };
	p[P_LISTEN] = (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
	for (size_t i = 0; i < ARRAY_SIZE(chans); i++)
		p[places[i]] = (struct pollfd){ .fd = chans[i]->fd, .events = chan_events(chans[i]) };
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		p[P_FIXED + i] =
			(struct pollfd){ .fd = s->clients[i].chan.fd, .events = chan_events(&s->clients[i].chan) };
	return P_FIXED + SUP_CLIENTS;
}

static void sup_client_turn(struct sup *s, struct sup_client *c, short revents)
{
	if ((revents & POLLOUT) && !chan_flush(&c->chan)) {
		sup_control_close(c);
		return;
	}
	if (revents & ~POLLOUT)
		sup_control_read(s, c);
}

static void sup_turn(struct sup *s)
{
	struct pollfd p[P_FIXED + SUP_CLIENTS];
	size_t n = sup_poll_set(s, p);

	if (poll(p, n, sup_timeout(s)) > 0) {
		if (p[P_ERROR].revents)
			sup_error_read(s);
		if (p[P_CONSOLE].revents)
			sup_console_read(s);
		if (p[P_QMP].revents & POLLOUT)
			chan_flush(&s->qmp);
		if (p[P_QMP].revents & ~POLLOUT)
			sup_qmp_read(s);
		if (p[P_AGENT].revents & POLLOUT)
			chan_flush(&s->agent);
		if (p[P_AGENT].revents & ~POLLOUT)
			sup_agent_read(s);
		for (size_t i = 0; i < SUP_CLIENTS; i++)
			if (p[P_FIXED + i].revents && s->clients[i].used && s->clients[i].chan.fd == p[P_FIXED + i].fd)
				sup_client_turn(s, &s->clients[i], p[P_FIXED + i].revents);
		if (p[P_LISTEN].revents)
			sup_control_accept(s);
		if (p[P_CLOCK].revents)
			sup_clock(s);
		if (p[P_PARENT].revents)
			sup_parent(s);
		if (p[P_SIGNAL].revents)
			sup_signal(s);
	}
	sup_timers(s);
}

static struct err *sup_read_order(struct sup *s)
{
	auto_json *tree = NULL;

	TRY(helper_read_order(&s->parent, &tree));
	return qemu_order_parse(tree, &s->order);
}

static struct err *sup_begin(struct sup *s)
{
	TRY(helper_signals(&s->signal_fd));
	signal(SIGXFSZ, SIG_IGN);
	s->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->clock_fd < 0)
		return err_errno(ERR_FAILED, "cannot set up the supervisor");
	sup_clock_arm(s);
	TRY(sup_read_order(s));
	TRY(helper_become_owner(s->order.dir));
	s->net = user_net_of(s->order.config.subnet);
	s->ports.guest_address = s->net.address;
	auto_free char *lock = fs_join(s->order.dir, QEMU_FILE_LOCK);
	struct err *e = fs_lock(lock, LOCK_MS, &s->lock_fd);
	if (e && e->code == ERR_WRONG_STATE) {
		err_free(e);
		return err_new(ERR_WRONG_STATE, "machine '%s' runs already", s->order.name);
	}
	TRY(e);
	sup_set_phase(s, SUP_STARTING);
	auto_free char *control = fs_join(s->order.dir, QEMU_FILE_CONTROL);
	TRY(fs_listen(control, &s->listen_fd));
	TRY(sup_console_open(s));
	return sup_run(s);
}

/* Take what is still on its way; QEMU is gone, so it ends. */
static void sup_drain(struct sup *s)
{
	for (int i = 0; i < 256 && sup_error_read(s); i++)
		;
	for (int i = 0; i < 256 && sup_console_read(s); i++)
		;
	for (int i = 0; i < 256 && s->qmp.fd >= 0; i++)
		sup_qmp_read(s);
}

static void sup_say_end(struct sup *s)
{
	auto_free char *reason = sup_end_reason(s);
	auto_json *event = cJSON_CreateObject();

	json_set_str(event, "event", "died");
	json_set_bool(event, "clean", s->clean);
	json_set_str(event, "message", reason);
	sup_control_event(s, event);
}

/* What is ours to remove is removed only under the lock: without it, another supervisor owns these files. */
static void sup_end(struct sup *s)
{
	auto_free char *control = s->order.dir ? fs_join(s->order.dir, QEMU_FILE_CONTROL) : NULL;

	if (s->listen_fd >= 0)
		unlink(control);
	mem_closep(&s->listen_fd);
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		sup_control_close(&s->clients[i]);
	for (size_t i = 0; i < ARRAY_SIZE(s->qemu_ends); i++)
		mem_closep(&s->qemu_ends[i]);
	chan_close(&s->qmp);
	chan_close(&s->agent);
	sup_console_close(s);
	mem_closep(&s->error_fd);
	ports_release(&s->ports);
	list_release(&s->history);
	free(s->problem);
	mem_closep(&s->signal_fd);
	mem_closep(&s->clock_fd);
	mem_closep(&s->lock_fd);
}

static struct sup *sup_new(void)
{
	struct sup *s = xcalloc(1, sizeof(*s));

	s->lock_fd = s->listen_fd = s->signal_fd = s->clock_fd = s->error_fd = -1;
	s->console.fd = s->console.file = -1;
	for (size_t i = 0; i < ARRAY_SIZE(s->qemu_ends); i++)
		s->qemu_ends[i] = -1;
	s->qmp.fd = s->agent.fd = -1;
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		s->clients[i].chan.fd = -1;
	s->next_id = 1;
	s->start_by = s->quit_by = s->term_by = s->nudge_at = s->heal_at = s->resume_at = s->healed_at = SUP_NEVER;
	helper_open(&s->parent);
	return s;
}

int sup_main(int argc, char *const *argv)
{
	struct sup *s;

	(void)argc, (void)argv;
	umask(077);
	if (chdir("/") < 0)
		return 1;
	prctl(PR_SET_NAME, "machine-super");
	s = sup_new();
	auto_err *e = sup_begin(s);
	while (!e && !s->done)
		sup_turn(s);
	if (!e) {
		sup_drain(s);
		sup_write_last_exit(s);
		sup_say_end(s);
		if (!s->qmp_up)
			e = sup_end_error(s);
	}
	int status = e || !s->clean;
	sup_end(s);
	if (e)
		helper_answer(&s->parent, e);
	chan_close(&s->parent);
	qemu_order_release(&s->order);
	free(s);
	return status;
}
