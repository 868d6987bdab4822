/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one process that stays with a machine: `machine __driver NAME WORD MACHINE`. It exists once for all drivers; what is a
 * driver's own is its entry, struct keeper_ops. One poll loop, and no call of it should wait.
 *
 * keeper.c      what a driver tells its keeper, and what follows
 * loop.c        the process: its beginning, its poll loop, its end
 * order.c       what is handed over when it starts, on both sides; the command's side of the start
 * client.c      the command's side while it runs: questions, and the wait for the boot
 * request.c     the words of the control socket        control.c  the socket and its clients
 * story.c       what the guest has told of its boot    link.c     the line to its agent
 * port_work.c   published ports (ports.c: which)       clock.c    the host's clock jumps
 * helper.c      a process of ours that outlives a command
 * lockfile.c    the lock that says "running"
 *
 * The keeper does by itself: the order; the owner of the folder is become where root started it; the machine's lock, and in it
 * how far the machine is ("starting", "booting", "running", "failed", "paused", "stopping"); the control socket; the agent's
 * events for those who wait; requests to the agent and their answers; ports; the guest's clock when the host's was set or the
 * host slept; a boot that fails where there is no agent yet, when the driver gives it lines of the console.
 *
 * A driver's process:
 *	static const struct keeper_ops ops = { .title = "machine-keep", .lock = ..., .begin = ..., ... };
 *	int vbox_keep_main(void) { struct vbox_keep v = { 0 }; return loop_run(&ops, &v); }
 */
#ifndef DRIVERS_KEEPER_KEEPER_H
#define DRIVERS_KEEPER_KEEPER_H

#include <poll.h>

#include "drivers/driver.h"
#include "drivers/keeper/control.h"
#include "drivers/keeper/link.h"
#include "drivers/keeper/port_work.h"
#include "drivers/keeper/story.h"
#include "drivers/link/console.h"

#define KEEPER_FILE_CONTROL "control.sock" /* in the machine's folder, while the keeper runs */
#define KEEPER_FDS 8			   /* at most so many of a driver's own */

struct keeper;

/* Members that may be NULL say so. self is the driver's, as loop_run got it. */
struct keeper_ops {
	const char *title; /* in lists of processes, at most 15 bytes */
	const char *lock;  /* the lock's file in the machine's folder */
	/* The machine ends with its keeper: SIGTERM powers it off first, and a start that is broken off ends it. */
	bool owns_machine;
	/*
	 * The lock is held and the control socket open: read the driver's part of the order, and begin. k->env is filled, k is the
	 * driver's to keep. To be set here when there are ports to carry: k->ports.address, .most, .ports.guest_address; and
	 * port_work_on once there is a way that carries.
	 * Who started the keeper waits until keeper_is_up, which may be called from here or later. An error is that one's, and
	 * ends the keeper. May wait.
	 */
	struct err *(*begin)(void *self, struct keeper *k, const cJSON *order);
	/*
	 * NULL where begin opened the agent's line for good. Else: open it (link_open(&k->link, ...)). Called at once, again each
	 * time the line has ended, and after a failure again with pauses that grow from 0.2 to 10 seconds. May wait, for as long
	 * as nobody who asks something of the keeper should mind; or begin, and open it or call keeper_line_failed later.
	 */
	struct err *(*connect)(void *self);
	/* Beside connect: the line cannot be opened. Has the machine ended for certain? Then the keeper ends. May wait. */
	bool (*look)(void *self);
	/* As port_work.h says; NULL: settle takes every port. */
	void (*carry)(void *self, const struct port *p, bool add);
	/* NULL, or: does a port need no carrying? Then its state is set. Where it is NULL, ports_is_own decides that. */
	bool (*settle)(void *self, struct port *p);
	/* NULL, or: press the power button, for a guest that did not take the agent's word. Again every five seconds. */
	void (*stop)(void *self);
	/* NULL, or: end the machine without asking; why is NULL when somebody wished it. keeper_done when that has happened. */
	void (*kill)(void *self, const char *why);
	/* NULL, or: fill at most KEEPER_FDS entries to poll for, and say how many. */
	size_t (*fds)(void *self, struct pollfd *p);
	/* NULL, or: after each poll: do what it found in those entries (NULL: nothing), and what is due. */
	void (*turn)(void *self, const struct pollfd *p);
	/* NULL, or: when turn has something to do next, whatever comes. */
	struct deadline (*due)(void *self);
	/* NULL, or: a child has ended (SIGCHLD). Wait for those of one's own by their pids. */
	void (*child)(void *self);
	/* NULL, or: an event of the agent's, any but "hello" and "ports", after the keeper has made of it what it can. Hostile. */
	void (*heard)(void *self, const char *event, const cJSON *message);
	/*
	 * NULL, or: a word of the control socket that the keeper does not know, from a command of the same driver. Answer with
	 * control_answer, or later: set c->held, and look for the clients that have it. false: unknown.
	 */
	bool (*request)(void *self, struct control_client *c, const char *word, const cJSON *request);
	/* NULL, or: add members to what "status" answers. */
	void (*status)(void *self, cJSON *answer);
	/*
	 * The loop has ended: take what is still on its way, say keeper_tell_end when the machine has ended. An error is for
	 * who started the keeper and still waits. NULL: nothing of that. Not called when begin failed.
	 */
	struct err *(*end)(void *self);
	/* Close and free what self has, after whichever end. */
	void (*release)(void *self);
};

enum keeper_phase {
	KEEPER_STARTING, /* until keeper_is_up */
	KEEPER_RUNNING,
	KEEPER_STOPPING /* it was asked for */
};

struct keeper {
	const struct keeper_ops *ops;
	void *self;
	struct driver_env env; /* report and warn go to the debug log */
	struct link link;
	struct story story;
	struct port_work ports;
	struct control control;
	enum keeper_phase phase;
	bool paused;   /* the machine stands still, by its problem */
	char *problem; /* why it stands still or loses what it writes; NULL: nothing known */

	/* the keeper's own */
	char *name, *store, *dir, *state_dir;
	struct err *trouble; /* why the agent's line cannot be opened; NULL: nothing known */
	const char *noted;   /* what the lock file says */
	struct chan parent;  /* who started us, until the machine is up */
	int lock_fd, signal_fd, clock_fd;
	int connect_ms; /* the next pause */
	struct deadline connect_at, term_by, nudge_at;
	bool up, killed, unclean, done;
};

/* What a driver tells its keeper. */
void keeper_is_up(struct keeper *k); /* who started it may go on */
/* The agent's line, opened later than within connect, cannot be (takes e), or is broken: connect is called again after a pause. */
void keeper_line_failed(struct keeper *k, struct err *e);
void keeper_line_lost(struct keeper *k);
void keeper_boot_begins(struct keeper *k); /* the guest's kernel starts, or starts again: nothing of before counts */
void keeper_console(struct keeper *k, struct console_line *line, const char *text,
		    size_t n); /* what the guest printed */
/* The machine's disk failed; text is copied. NULL: it works again. paused: the machine stands still by it. */
void keeper_problem(struct keeper *k, const char *text, bool paused);
/* As "stop" and "kill" of the control socket. */
void keeper_stop(struct keeper *k);
void keeper_kill(struct keeper *k);
/* Those who wait for the boot learn that the machine has ended, and why. clean: as it was wished. */
void keeper_tell_end(struct keeper *k, bool clean, const char *reason);
void keeper_done(struct keeper *k); /* the loop ends after this turn */

/* For loop.c: write into the lock how far the machine is; end it for why; press the power button once more. */
void keeper_note(struct keeper *k);
void keeper_kill_for(struct keeper *k, const char *why);
void keeper_nudge(struct keeper *k);

#endif
