/* SPDX-License-Identifier: Apache-2.0 */
/* How a machine is, and where it answers. */
#ifndef CORE_MACHINE_STATE_H
#define CORE_MACHINE_STATE_H

#include "core/machine_handle.h"

/* Its create or rm was interrupted, or goes on. */
bool machine_is_half_made(const struct machine *m);
/* ERR_WRONG_STATE when it is half made, whoever works on it. */
struct err *machine_need_finished(const struct machine *m) MUST_USE;

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
