/* SPDX-License-Identifier: Apache-2.0 */
/* A machine: its record with its driver's handle. The only caller of drivers. */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "core/core.h"
#include "drivers/driver.h"

#define MACHINE_STOP_MS 90000	/* the guest gives containers time to end */
#define MACHINE_READY_MS 300000 /* default of --timeout: TCG on a busy host is slow */
#define MACHINE_CHECK_MS 20000	/* one question to an engine, as docker-machine */

struct machine {
	const struct core *core;
	char *name;
	char *dir;
	cJSON *record;
	bool old; /* the file is of an older version; the record is not */
	const struct driver_ops *ops;
	void *self; /* the driver's handle */
	struct driver_env env;
};

/* A machine of the store. ERR_NOT_FOUND in docker-machine's words. *ret is the caller's. */
struct err *machine_open(const struct core *c, const char *name, struct machine **ret) MUST_USE;
/* A machine that is not in the store yet, from create's options. */
struct err *machine_new(const struct core *c, const char *name, const struct driver_ops *ops, const struct opts *opts,
			struct machine **ret) MUST_USE;
/* End what drivers recognise by the folder alone, for a record that cannot be read. */
struct err *machine_sweep(const struct core *c, const char *name) MUST_USE;
void machine_free(struct machine *m);
void machine_freep(struct machine **m);
#define auto_machine __attribute__((cleanup(machine_freep))) struct machine

/* Read the record again, once the lock is held: whoever held it before may have changed everything. */
struct err *machine_read(struct machine *m) MUST_USE;
/* ERR_UNSUPPORTED in docker-machine's words when this build has no driver of the record's name. */
struct err *machine_need_driver(const struct machine *m) MUST_USE;
/* Its create or rm was interrupted, or goes on. */
bool machine_is_half_made(const struct machine *m);
/* Let the driver write its part, then save the record. */
struct err *machine_save(struct machine *m) MUST_USE;

/* The state as `ls` and `status` show it: STATE_ERROR for one whose create was killed. */
struct err *machine_state(struct machine *m, enum machine_state *ret) MUST_USE;
/* Why it stands still or loses what it writes, where its driver knows; NULL: nothing. s: its state. The caller frees. */
char *machine_problem(struct machine *m, enum machine_state s);
/* ERR_WRONG_STATE "Host is not running" unless it runs; with the reason where its driver knows one. */
struct err *machine_require_running(struct machine *m) MUST_USE;
struct err *machine_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/* As machine_endpoint, of a machine that runs. */
struct err *machine_running_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/*
 * The same; when the address is another than the machine's certificate says, or that ends soon, the certificate is renewed
 * first, in the running guest too (under the machine's lock).
 */
struct err *machine_follow_address(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/* Where the swarm answers whose master the machine is, given its engine's URL; NULL: it is none. The caller frees. */
char *machine_swarm_url(const struct machine *m, const char *url);
struct err *machine_ports(struct machine *m, struct driver_port **ret, size_t *ret_n) MUST_USE;

/* Each takes the machine's lock, says docker-machine's lines, and returns its errors. */
struct err *machine_start(struct machine *m, int timeout_ms) MUST_USE;
struct err *machine_stop(struct machine *m, int timeout_ms) MUST_USE;
struct err *machine_kill(struct machine *m) MUST_USE;
struct err *machine_restart(struct machine *m, int timeout_ms) MUST_USE;
/*
 * Boot the image that is found (wanted as in image_find) from now on: a machine that runs is stopped and started for it. Disk,
 * keys and address stay.
 */
struct err *machine_upgrade(struct machine *m, const char *wanted, int timeout_ms) MUST_USE;
/* Other sizes, from the next start on; the machine has to be off. ERR_UNSUPPORTED where its driver cannot. */
struct err *machine_resize(struct machine *m, const struct driver_sizes *sizes) MUST_USE;
/*
 * A new certificate for the machine and the client's keys anew in its folder, whatever its state; no container ends by it.
 * Another system than ours is set up again over SSH, which restarts its engine: that one has to run.
 */
struct err *machine_regenerate(struct machine *m, int timeout_ms) MUST_USE;

/* Wait until the engine answers over mutual TLS. */
struct err *machine_wait_engine(struct machine *m, struct deadline d) MUST_USE;
/* Boot to ready: driver's start, the guest's events, then the engine over mutual TLS. Used by create and start. */
struct err *machine_boot(struct machine *m, const struct driver_image *image, int timeout_ms) MUST_USE;

/*
 * Find and check the guest image for a driver that needs one, and its ISO for one that boots that; wanted as in image_find.
 * Release with machine_image_release.
 */
struct machine_image;
struct err *machine_image_find(const struct core *c, const char *wanted, bool iso, struct machine_image **ret) MUST_USE;
const struct driver_image *machine_image_files(const struct machine_image *i);
void machine_image_freep(struct machine_image **i);
#define auto_machine_image __attribute__((cleanup(machine_image_freep))) struct machine_image

#endif
