/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor: one process that owns a QEMU process for its whole life. One poll loop, no threads.
 *
 * supervisor.c            the loop, the beginning and the end
 * supervisor_run.c        QEMU as a child: its sockets, its start, its death
 * supervisor_qmp.c        what QEMU says and is told
 * supervisor_agent.c      what the guest says and is told
 * supervisor_console.c    the console log, and what QEMU writes on stderr
 * supervisor_ports.c      published ports
 * supervisor_control.c    the control socket
 */
#ifndef DRIVERS_QEMU_SUPERVISOR_H
#define DRIVERS_QEMU_SUPERVISOR_H

#include <poll.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/list.h"
#include "drivers/keeper/ports.h"
#include "drivers/link/chan.h"
#include "drivers/net/user_net.h"
#include "drivers/qemu/order.h"

#define SUP_CLIENTS 32
#define SUP_HISTORY 64	   /* events that a late "wait" still gets */
#define SUP_START_MS 60000 /* from exec to QMP's greeting, on a busy host */
#define SUP_TERM_MS 90000  /* SIGTERM: how long the guest may take to power off */
#define SUP_QUIT_MS 1500   /* "quit" to SIGKILL */
#define SUP_NUDGE_MS 5000  /* a stop that is not obeyed is asked for again, by the power button */
#define SUP_HEALED_MS 1000 /* so long a disk that failed has to work before it counts as healed */
#define SUP_TOLD_MS 5000   /* and so long after the last error that only its guest was told of */
#define SUP_HEAL_MS 2000   /* to the first new try for a port that is taken; doubles up to */
#define SUP_HEAL_MAX_MS 30000
#define SUP_CONSOLE_MAX (1024 * 1024)
#define SUP_LOG_MAX (256 * 1024)

enum sup_phase {
	SUP_STARTING,
	SUP_RUNNING,
	SUP_STOPPING
};

struct sup_client {
	struct chan chan;
	bool used;
	bool waits;	  /* gets events until ready or the end */
	int64_t agent_id; /* of its request that the agent works on, 0: none */
};

struct sup_console {
	int fd; /* from QEMU */
	int file;
	size_t size;
	char line[512]; /* the one that is being written */
	size_t line_len;
};

struct sup {
	struct qemu_order order;
	enum sup_phase phase;
	struct chan parent; /* who started us, until QEMU runs */
	int lock_fd, listen_fd, signal_fd, clock_fd;
	pid_t qemu;	  /* 0: none */
	int qemu_status;  /* of waitpid, once it has ended */
	int qemu_ends[3]; /* QEMU's ends of the sockets, until it has them */
	int error_fd;	  /* QEMU's stderr */
	char error_tail[2048];
	size_t error_len, log_len;

	struct chan qmp, agent;
	bool qmp_up;
	struct sup_console console;

	struct list history; /* event lines of this boot */
	char stage[32];
	bool hello, ready, failed;
	int64_t next_id, poweroff_id;

	struct user_net net;
	struct ports ports;
	int heal_ms;
	struct sup_client clients[SUP_CLIENTS];

	struct deadline start_by, quit_by, term_by, nudge_at, heal_at, resume_at, healed_at;
	char *problem;	    /* why the machine stands still or loses what it writes; NULL: nothing known */
	bool paused;	    /* by that */
	const char *noted;  /* what the lock file says */
	const char *reason; /* why QEMU ends, as far as we know */
	bool clean;	    /* it was asked to, or the guest powered off */
	bool done;
};

#define SUP_NEVER ((struct deadline){ INT64_MAX })

/* supervisor.c */
int sup_main(int argc, char *const *argv);
void sup_set_phase(struct sup *s, enum sup_phase phase);
void sup_stop(struct sup *s); /* ask the guest to power off */
void sup_kill(struct sup *s); /* do not ask */
const char *sup_phase_name(enum sup_phase p);
/*
 * What stands in the lock file for those who ask for the state: "starting" (QEMU), "booting" (the guest), "running", "failed"
 * (its boot), "paused" (its disk), "stopping". Writes it when it has changed.
 */
void sup_note(struct sup *s);
/* The machine's disk failed; text is copied. NULL: it works again. */
void sup_problem(struct sup *s, const char *text, bool paused);

/* supervisor_run.c */
struct err *sup_run(struct sup *s) MUST_USE;
void sup_reap(struct sup *s);		   /* after SIGCHLD */
char *sup_end_reason(const struct sup *s); /* the caller frees */
struct err *sup_end_error(const struct sup *s) MUST_USE;
void sup_write_last_exit(const struct sup *s);

/* supervisor_qmp.c */
void sup_qmp_read(struct sup *s);
void sup_qmp_command(struct sup *s, const char *command);
/* A command of the human monitor; its answer comes back with id. */
void sup_qmp_human(struct sup *s, const char *id, const char *command);

/* supervisor_agent.c */
void sup_agent_read(struct sup *s);
void sup_agent_line(struct sup *s, const char *line, size_t len);
void sup_agent_poweroff(struct sup *s);
void sup_agent_time(struct sup *s);
/* Hand a client's request on; false when no agent is there. */
bool sup_agent_ask(struct sup *s, struct sup_client *c, const cJSON *request);
/* Say an event to all who wait, and keep it for those who come late. Texts are cleaned here. */
void sup_event(struct sup *s, const char *event, const char *name, int64_t ms, const char *message);
void sup_boot_begins(struct sup *s); /* the guest's kernel starts (again) */

/* supervisor_console.c */
struct err *sup_console_open(struct sup *s) MUST_USE;
void sup_console_close(struct sup *s);
bool sup_console_read(struct sup *s); /* false: nothing more for now */
bool sup_error_read(struct sup *s);

/* supervisor_ports.c */
void sup_ports_set(struct sup *s, const cJSON *list);
void sup_ports_answer(struct sup *s, const char *id, const char *text);
void sup_ports_heal(struct sup *s);
void sup_ports_forget(struct sup *s); /* the guest starts again: nothing is published */
cJSON *sup_ports_json(const struct sup *s);

/* supervisor_control.c */
void sup_control_accept(struct sup *s);
void sup_control_read(struct sup *s, struct sup_client *c);
void sup_control_line(struct sup *s, struct sup_client *c, const char *line, size_t len);
void sup_control_event(struct sup *s, const cJSON *event); /* to all who wait */
void sup_control_close(struct sup_client *c);
void sup_control_answer(struct sup_client *c, const char *error);

#endif
