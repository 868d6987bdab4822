/* SPDX-License-Identifier: Apache-2.0 */
/* A machine of the store, or one that is to come: its record with its driver's handle. */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include "core/machine_handle.h"
#include "core/machine_state.h"

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
/* Let the driver write its part, then save the record. */
struct err *machine_save(struct machine *m) MUST_USE;

#endif
