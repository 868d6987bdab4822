/* SPDX-License-Identifier: Apache-2.0 */
/* A machine: its record with its driver's handle, which core/driver_call.h uses. */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "core/core.h"
#include "drivers/driver.h"

#define MACHINE_STOP_MS 90000	/* the guest gives containers time to end */
#define MACHINE_READY_MS 300000 /* default of --timeout: TCG on a busy host is slow */
#define MACHINE_CHECK_MS 20000	/* one question to an engine, as docker-machine */

struct provisioner;

struct machine {
	const struct core *core;
	char *name;
	char *dir;
	cJSON *record;
	bool old;			       /* the file is of an older version; the record is not */
	const struct driver *driver;	       /* NULL: there is none of the record's name */
	void *self;			       /* the driver's handle */
	const struct provisioner *provisioner; /* how it becomes a Docker host; of one that is open or new never NULL */
	struct driver_env env;
};

/* A machine of the store. ERR_NOT_FOUND in docker-machine's words. *ret is the caller's. */
struct err *machine_open(const struct core *c, const char *name, struct machine **ret) MUST_USE;
/* A machine that is not in the store yet, from create's options. */
struct err *machine_new(const struct core *c, const char *name, const struct driver *driver, const struct opts *opts,
			struct machine **ret) MUST_USE;
/* End what drivers recognise by the folder alone, for a record that cannot be read. */
struct err *machine_sweep(const struct core *c, const char *name) MUST_USE;
void machine_free(struct machine *m);
void machine_freep(struct machine **m);
#define auto_machine __attribute__((cleanup(machine_freep))) struct machine

/* Read the record again, once the lock is held: whoever held it before may have changed everything. */
struct err *machine_read(struct machine *m) MUST_USE;
/* Its create or rm was interrupted, or goes on. */
bool machine_is_half_made(const struct machine *m);
/* ERR_WRONG_STATE when it is half made, whoever works on it. */
struct err *machine_need_finished(const struct machine *m) MUST_USE;
/* Let the driver write its part, then save the record. */
struct err *machine_save(struct machine *m) MUST_USE;

/* The state as `ls` and `status` show it: STATE_ERROR for one whose create was killed. */
struct err *machine_state(struct machine *m, enum machine_state *ret) MUST_USE;
/* Why it stands still or loses what it writes, where its driver knows; NULL: nothing. s: its state. The caller frees. */
char *machine_problem(struct machine *m, enum machine_state s);
/* ERR_WRONG_STATE "Host is not running" unless it runs; with the reason where its driver knows one. */
struct err *machine_require_running(struct machine *m) MUST_USE;
/* Where it answers; first it is made to, where what carries its ports was killed (driver_reach, which may wait for it). */
struct err *machine_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/* As machine_endpoint, of a machine that runs. */
struct err *machine_running_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/* Where the swarm answers whose master the machine is, given its engine's URL; NULL: it is none. The caller frees. */
char *machine_swarm_url(const struct machine *m, const char *url);
struct err *machine_ports(struct machine *m, struct driver_port **ret, size_t *ret_n) MUST_USE;

#endif
