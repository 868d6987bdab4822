/* SPDX-License-Identifier: Apache-2.0 */
/* A machine: its record with its driver's handle. The only caller of drivers. */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "core/core.h"
#include "drivers/driver.h"

#define MACHINE_STOP_MS 90000		/* the guest gives containers time to end */
#define MACHINE_READY_MS 300000		/* default of --timeout: TCG on a busy host is slow */
#define MACHINE_CHECK_MS 20000		/* one question to an engine, as docker-machine */

struct machine {
	const struct core *core;
	char *name;
	char *dir;
	cJSON *record;
	const struct driver_ops *ops;
	void *self;		/* the driver's handle */
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

/* Let the driver write its part, then save the record. */
struct err *machine_save(struct machine *m) MUST_USE;

/* The state as `ls` and `status` show it: STATE_ERROR for one whose create was killed. */
struct err *machine_state(struct machine *m, enum machine_state *ret) MUST_USE;
/* ERR_WRONG_STATE "Host is not running" unless it runs. */
struct err *machine_require_running(struct machine *m) MUST_USE;
struct err *machine_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
/* As machine_endpoint, of a machine that runs. */
struct err *machine_running_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;
struct err *machine_ports(struct machine *m, struct driver_port **ret, size_t *ret_n) MUST_USE;

/* Each takes the machine's lock, says docker-machine's lines, and returns its errors. */
struct err *machine_start(struct machine *m, int timeout_ms) MUST_USE;
struct err *machine_stop(struct machine *m, int timeout_ms) MUST_USE;
struct err *machine_kill(struct machine *m) MUST_USE;
struct err *machine_restart(struct machine *m, int timeout_ms) MUST_USE;

/* Boot to ready: driver's start, the guest's events, then the engine over mutual TLS. Used by create and start. */
struct err *machine_boot(struct machine *m, const struct driver_image *image, int timeout_ms) MUST_USE;

/* Find and check the guest image for a driver that needs one; wanted as in image_find. Release with machine_image_release. */
struct machine_image;
struct err *machine_image_find(const struct core *c, const char *wanted, struct machine_image **ret) MUST_USE;
const struct driver_image *machine_image_files(const struct machine_image *i);
void machine_image_freep(struct machine_image **i);
#define auto_machine_image __attribute__((cleanup(machine_image_freep))) struct machine_image

#endif
