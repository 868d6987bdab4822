/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/keep.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/loop.h"
#include "drivers/net/user_net.h"
#include "drivers/qemu/complaint.h"
#include "drivers/qemu/keep_child.h"
#include "drivers/qemu/keep_console.h"
#include "drivers/qemu/keep_hostfwd.h"
#include "drivers/qemu/keep_qmp.h"
#include "drivers/qemu/paths.h"

#define QUIT_MS 1500   /* "quit" to SIGKILL */
#define RESUME_MS 5000 /* between tries to go on after the disk failed */
#define HEALED_MS 1000 /* so long a disk that failed has to work before it counts as healed */
#define TOLD_MS 5000   /* and so long after the last error that only its guest was told of */
/* QMP answers to "human-monitor-command" and events are short; "query" commands, which are not, are never sent. */
#define QMP_LINE_MAX (256 * 1024)

struct keep {
	struct keeper *keeper;
	struct qemu_order order;
	struct user_net net;
	struct keep_child child;
	struct keep_qmp qmp;
	struct keep_console console;
	struct deadline start_by, quit_by, resume_at, healed_at;
	const char *reason; /* why QEMU ends, as far as we know */
	bool told, clean;   /* QEMU said why: and whether it was wished */
};

static const struct deadline never = { INT64_MAX };

/* --- what QEMU says --- */

static void keep_greeted(void *data)
{
	struct keep *s = data;

	s->start_by = never;
	port_work_on(&s->keeper->ports, true);
	keeper_is_up(s->keeper);
}

static void keep_disk_failed(struct keep *s, const cJSON *message)
{
	bool paused;
	auto_free char *text = complaint_disk(message, s->keeper->env.dir, &paused);

	/* What the guest was told stops nothing, and nothing says that it is over. */
	s->healed_at = paused ? never : deadline_in(TOLD_MS);
	keeper_problem(s->keeper, text, paused);
}

static void keep_event(void *data, const char *event, const cJSON *message)
{
	struct keep *s = data;

	if (str_eq(event, "SHUTDOWN")) {
		if (!s->reason && complaint_end(message, &s->reason, &s->clean))
			s->told = true;
	} else if (str_eq(event, "RESET") && json_bool_or(message, "data.guest", false)) {
		keeper_boot_begins(s->keeper);
	} else if (str_eq(event, "BLOCK_IO_ERROR")) {
		keep_disk_failed(s, message);
	} else if (str_eq(event, "STOP")) { /* only a full or failing disk stops it: see whether it has healed */
		s->resume_at = deadline_in(RESUME_MS);
		s->healed_at = never;
	} else if (str_eq(event, "RESUME")) { /* and tries again; what fails now is said at once */
		s->resume_at = never;
		s->healed_at = deadline_in(HEALED_MS);
	}
}

static void keep_answer(void *data, const char *id, const char *text)
{
	struct keep *s = data;

	keep_hostfwd_answer(&s->keeper->ports, id, text);
}

static void keep_printed(void *data, const char *text, size_t n)
{
	struct keep *s = data;

	keeper_console(s->keeper, &s->console.line, text, n);
}

/* --- what the keeper wants --- */

static struct err *keep_begin(void *self, struct keeper *k, const cJSON *order)
{
	struct keep *s = self;
	int ours[KEEP_SOCKETS] = { -1, -1, -1 };

	s->keeper = k;
	TRY(qemu_order_parse(order, &s->order));
	s->net = user_net_of(s->order.config.subnet);
	k->ports.address = s->order.config.address;
	k->ports.ports.guest_address = s->net.address;
	s->console.dir = k->env.dir;
	TRY(keep_console_open(&s->console));
	struct err *e = keep_child_run(&s->child, &s->order, k->lock_fd, ours);
	if (ours[KEEP_QMP] >= 0)
		chan_open(&s->qmp.chan, ours[KEEP_QMP], QMP_LINE_MAX);
	if (ours[KEEP_AGENT] >= 0)
		link_open(&k->link, ours[KEEP_AGENT], LINK_TELLS);
	s->console.fd = ours[KEEP_CONSOLE];
	TRY(e);
	fcntl(s->console.fd, F_SETFL, O_NONBLOCK);
	s->start_by = deadline_in(KEEP_START_MS);
	/* Now, not when QMP answers: a guest that fails at once must not have its words forgotten then. */
	keeper_boot_begins(k);
	return NULL;
}

static bool keep_settle(void *self, struct port *p)
{
	return keep_hostfwd_settle(&((struct keep *)self)->order.config, p);
}

static void keep_carry(void *self, const struct port *p, bool add)
{
	struct keep *s = self;

	keep_hostfwd_carry(&s->qmp, &s->order.config, p, add);
}

static void keep_stop(void *self)
{
	struct keep *s = self;

	if (s->qmp.up)
		keep_qmp_command(&s->qmp, "system_powerdown");
}

static void keep_kill(void *self, const char *why)
{
	struct keep *s = self;

	if (why || !s->reason)
		s->reason = why ? why : "it was killed";
	if (s->qmp.up)
		keep_qmp_command(&s->qmp, "quit");
	s->quit_by = deadline_in(s->qmp.up ? QUIT_MS : 0);
}

static size_t keep_fds(void *self, struct pollfd *p)
{
	struct keep *s = self;

	p[0] = (struct pollfd){ .fd = s->child.error_fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = s->console.fd, .events = POLLIN };
	p[2] = (struct pollfd){ .fd = s->qmp.chan.fd, .events = chan_events(&s->qmp.chan) };
	return 3;
}

static void keep_timers(struct keep *s)
{
	if (deadline_passed(s->start_by)) {
		s->reason = "QEMU did not answer in time";
		s->start_by = never;
		s->quit_by = deadline_in(0);
	}
	if (deadline_passed(s->quit_by)) {
		s->quit_by = never;
		if (s->child.pid)
			kill(s->child.pid, SIGKILL);
	}
	if (deadline_passed(s->resume_at)) {
		s->resume_at = deadline_in(RESUME_MS);
		keep_qmp_command(&s->qmp, "cont");
	}
	if (deadline_passed(s->healed_at)) {
		s->healed_at = never;
		keeper_problem(s->keeper, NULL, false);
	}
}

static void keep_turn(void *self, const struct pollfd *p)
{
	struct keep *s = self;

	if (p && p[0].revents)
		keep_child_read(&s->child);
	if (p && p[1].revents)
		keep_console_read(&s->console);
	if (p && (p[2].revents & POLLOUT))
		chan_flush(&s->qmp.chan);
	if (p && (p[2].revents & ~POLLOUT))
		keep_qmp_read(&s->qmp);
	keep_timers(s);
}

static struct deadline keep_due(void *self)
{
	const struct keep *s = self;
	const struct deadline all[] = { s->quit_by, s->resume_at, s->healed_at };
	struct deadline next = s->start_by;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].at_ms < next.at_ms)
			next = all[i];
	return next;
}

static void keep_child_ended(void *self)
{
	struct keep *s = self;

	if (keep_child_has_ended(&s->child))
		keeper_done(s->keeper);
}

static void keep_status(void *self, cJSON *answer)
{
	const struct keep *s = self;

	json_set_int(answer, "qemu", s->child.pid);
	json_set_str(answer, "accelerator", s->order.kvm ? "kvm" : "tcg");
	json_set_int(answer, "cpus", s->order.cpus);
}

/* Take what is still on its way; QEMU is gone, so it ends. */
static void keep_drain(struct keep *s)
{
	for (int i = 0; i < 256 && keep_child_read(&s->child); i++)
		;
	for (int i = 0; i < 256 && keep_console_read(&s->console); i++)
		;
	for (int i = 0; i < 256 && s->qmp.chan.fd >= 0; i++)
		keep_qmp_read(&s->qmp);
}

static struct err *keep_end(void *self)
{
	struct keep *s = self;

	keep_drain(s);
	bool clean = s->told ? s->clean : s->keeper->phase == KEEPER_STOPPING;
	auto_free char *reason = keep_child_reason(&s->child, s->reason);
	keep_child_note_end(&s->child, s->keeper->env.dir, clean, reason);
	keeper_tell_end(s->keeper, clean, reason);
	return s->qmp.up ? NULL : keep_child_error(&s->child, s->reason);
}

static void keep_release(void *self)
{
	struct keep *s = self;

	chan_close(&s->qmp.chan);
	keep_console_close(&s->console);
	mem_closep(&s->child.error_fd);
	qemu_order_release(&s->order);
}

int keep_main(void)
{
	static const struct keeper_ops ops = {
		.title = "machine-super",
		.lock = QEMU_FILE_LOCK,
		.owns_machine = true,
		.begin = keep_begin,
		.settle = keep_settle,
		.carry = keep_carry,
		.stop = keep_stop,
		.kill = keep_kill,
		.fds = keep_fds,
		.turn = keep_turn,
		.due = keep_due,
		.child = keep_child_ended,
		.status = keep_status,
		.end = keep_end,
		.release = keep_release,
	};
	struct keep s = { .child = KEEP_CHILD_NONE,
			  .console = { .fd = -1, .file = -1, .printed = keep_printed, .data = &s },
			  .start_by = never,
			  .quit_by = never,
			  .resume_at = never,
			  .healed_at = never };

	s.qmp = (struct keep_qmp){
		.chan = CHAN_CLOSED, .greeted = keep_greeted, .event = keep_event, .answer = keep_answer, .data = &s
	};
	return loop_run(&ops, &s);
}
