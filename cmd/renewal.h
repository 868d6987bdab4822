/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's certificate anew, as regenerate-certs and provision make it. */
#ifndef CMD_RENEWAL_H
#define CMD_RENEWAL_H

#include <stdbool.h>

#include "cmd/app.h"
#include "core/machine.h"

/* Nothing can be put on the host: only the client's keys in the machine's folder are made anew. */
bool renewal_is_ours_alone(const struct machine *m);
/* For target_each; blocks up to MACHINE_READY_MS. Says so where the keys of the client are all that is new. */
struct err *renewal_one(struct app *app, struct machine *m, const struct opts *o) MUST_USE;

#endif
