/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place where members of drivers are called (drivers/driver.h has each member's contract): a default stands in for
 * an optional member that is not there, and what a driver cannot do is an error in words of ours or docker-machine's.
 *
 * Each function takes a machine whose driver is known (driver_need), but for those that say otherwise. The longest that each
 * may wait is said below, of the drivers that are built in; each ends early on Ctrl-C, unless interrupt_hold() keeps that
 * back. "No wait" is reading files of this host at most.
 */
#ifndef CORE_DRIVER_CALL_H
#define CORE_DRIVER_CALL_H

#include "core/machine_handle.h"

/* --- what a driver can do; no wait --- */

/* ERR_UNSUPPORTED in docker-machine's words when there is no driver of the record's name. */
struct err *driver_need(const struct machine *m) MUST_USE;
/* That error, with a hint of the caller's. */
struct err *driver_unknown(const struct machine *m, const char *hint) MUST_USE;
/* Can it start and stop the machine? */
bool driver_has_power(const struct machine *m);
/* ERR_UNSUPPORTED "hosts without a driver cannot be ..."; past: "started". */
struct err *driver_need_power(const struct machine *m, const char *past) MUST_USE;
/* ERR_UNSUPPORTED where the machine has no SSH server that is known. */
struct err *driver_need_ssh(const struct machine *m) MUST_USE;
/* ERR_UNSUPPORTED where it boots no image of ours, or keeps the one that it was made with. */
struct err *driver_need_upgrade(const struct machine *m) MUST_USE;
struct err *driver_need_resize(const struct machine *m) MUST_USE;
/* Can a running guest be handed other certificates (driver_certificates)? */
bool driver_tells_guest(const struct machine *m);
/* Default: ours where it boots our image, else a foreign one. Of a machine without a driver: a foreign one. */
enum driver_system driver_ask_system(const struct machine *m);
/* Does it boot files of our image; is that the ISO; does create copy them, so that start needs none? */
bool driver_boots_image(const struct machine *m);
bool driver_boots_iso(const struct machine *m);
bool driver_keeps_image(const struct machine *m);
/* Does it make machines, rather than know of what is there? */
bool driver_makes_machines(const struct driver *d);
/* Did start find a guest that was there already, paused or saved? Default: no. */
bool driver_was_woken(const struct machine *m);

/* --- the handle; no wait --- */

/* Give a machine that has none its handle, from create's options or from the record. */
struct err *driver_open_new(struct machine *m, const struct opts *opts) MUST_USE;
struct err *driver_open_record(struct machine *m) MUST_USE;
/* Without a handle: nothing to do. Before the machine is given another driver. */
void driver_close(struct machine *m);
/* Put what the next driver_open_record needs into the record. A machine without a handle: nothing to do. */
struct err *driver_save(struct machine *m) MUST_USE;

/* --- making and removing --- */

/* Changes nothing. Up to 3 minutes: VBoxManage on a host at its limits is asked several times, 60 s each. Default: fine. */
struct err *driver_precheck(struct machine *m) MUST_USE;
/* What machines lack here, after a precheck that went well; NULL: nothing. Up to 10 s. The caller frees. */
char *driver_limit(struct machine *m);
/* Up to 60 s: a hypervisor elsewhere is reached in 30 s. Default: the options said it all, and *planned is false. */
struct err *driver_plan(struct machine *m, bool *planned) MUST_USE;
/* The driver's part of the seed's machine.json. No wait. Default: none. */
struct err *driver_seed_machine(struct machine *m, cJSON *machine) MUST_USE;
/* Minutes: an image may have to be copied to a hypervisor elsewhere, which reports its progress. */
struct err *driver_create(struct machine *m, const struct driver_image *image, const char *seed) MUST_USE;
/* Up to 3 minutes: what runs is ended first (driver_kill). */
struct err *driver_remove(struct machine *m) MUST_USE;
/* For a record that cannot be read: every driver in turn. The machine needs no driver. As long as driver_remove. */
struct err *driver_sweep_all(struct machine *m) MUST_USE;

/* --- power; stop, kill and restart where driver_has_power --- */

/*
 * Until the VM runs: up to 4 minutes, of which a hypervisor that still saves the machine has 2. Default, where it has no
 * power: it is on.
 */
struct err *driver_start(struct machine *m, const struct driver_image *image) MUST_USE;
/* Until off: timeout_ms, and 60 s for a hypervisor that is slow to say so. */
struct err *driver_stop(struct machine *m, int timeout_ms) MUST_USE;
/* Up to 60 s. */
struct err *driver_kill(struct machine *m) MUST_USE;
/* As driver_stop. *done false: it has no way of its own, and the caller stops and starts. */
struct err *driver_restart(struct machine *m, int timeout_ms, bool *done) MUST_USE;
/* Until the deadline. Default: ready at once, and the engine is asked alone. */
struct err *driver_wait_ready(struct machine *m, struct deadline deadline,
			      void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;

/* --- questions: they start nothing and change nothing --- */

/* A hypervisor is reached within env.patience_ms, or 60 s where that is 0. The machine may have no driver: an error. */
struct err *driver_ask_state(struct machine *m, enum machine_state *ret) MUST_USE;
/* Why a machine that is on stands still, after driver_ask_state; NULL: nothing. Up to 1 s. The caller frees. */
char *driver_ask_problem(struct machine *m);
/* Where it answers, as far as is known. No wait. The machine may have no driver: an error. */
struct err *driver_ask_endpoint(struct machine *m, struct driver_endpoint *ret) MUST_USE;

/* --- what is done to a machine that is there --- */

/*
 * Have a machine that runs answer where driver_ask_endpoint says: the process that carries its ports is started where
 * somebody killed it, and an address that nobody promised is learned. Up to 65 s: a login over a slow line has 45, learning
 * 20. Off, or nothing to do: no wait. Default: it answers by itself. The machine may have no driver: an error.
 */
struct err *driver_reach(struct machine *m) MUST_USE;
/* ERR_UNSUPPORTED without the member. Up to 30 s, and as driver_reach where what carries the ports was killed. */
struct err *driver_ports(struct machine *m, struct driver_port **ret, size_t *ret_n) MUST_USE;
/* Where driver_tells_guest: "files" of docs/guest.md. Up to 25 s. */
struct err *driver_certificates(struct machine *m, const cJSON *files) MUST_USE;
/* Another seed for the next boot. Up to 60 s: it is copied to a hypervisor elsewhere. Default: it takes the file itself. */
struct err *driver_reseed(struct machine *m, const char *seed) MUST_USE;
/* After driver_need_upgrade. Minutes, as driver_create. Default: the next start is given the image. */
struct err *driver_upgrade(struct machine *m, const struct driver_image *image) MUST_USE;
/* After driver_need_resize. Up to 2 minutes. */
struct err *driver_resize(struct machine *m, const struct driver_sizes *sizes) MUST_USE;
/* Path of the console's log, which is fetched from a hypervisor elsewhere: up to 30 s. NULL: there is none. Borrowed. */
const char *driver_fetch_console(struct machine *m);

/* --- a driver's own process; no machine --- */

/* Run it to its end: *ret is its status. ERR_NOT_FOUND when no driver of that name has any. */
struct err *driver_run_helper(const char *driver, int argc, char *const *argv, int *ret) MUST_USE;

#endif
