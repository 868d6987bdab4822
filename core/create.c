/* SPDX-License-Identifier: Apache-2.0 */
#include "core/create.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/boot.h"
#include "core/driver_call.h"
#include "core/identity.h"
#include "core/machine_image.h"
#include "core/provisioner.h"
#include "core/record.h"
#include "core/store.h"

static struct err *create_as_precheck(struct err *e)
{
	if (e && e->code != ERR_INTERRUPTED)
		e->code = ERR_PRECHECK;
	return err_wrap(e, "Error with pre-create check");
}

/* Step 1: name, options, image and the driver's own check. Nothing has been touched when it fails. */
static struct err *create_check(const struct core *c, const struct create_request *q, struct machine **ret_m,
				struct machine_image **ret_image)
{
	struct machine *m;

	if (store_has(c, q->name))
		return err_hint(err_new(ERR_EXISTS, "Docker machine \"%s\" already exists", q->name),
				"Use it: machine env %s. Or remove it first: machine rm %s", q->name, q->name);
	TRY(machine_new(c, q->name, q->driver, q->opts, ret_m));
	m = *ret_m;
	TRY(err_wrap(m->provisioner->check(m), "Error setting machine configuration from flags provided"));
	core_say(c, SAY_LINE, NULL, "Running pre-create checks...");
	TRY(create_as_precheck(driver_precheck(m)));
	m->provisioner = provisioner_of(m); /* what a user named may hold another system */
	return create_as_precheck(machine_image_of(m, q->image, ret_image));
}

/* Steps 3 to 8; the record is in the store from here on, so `rm` can undo whatever follows. */
static struct err *create_make(struct machine *m, const struct create_request *q, const struct driver_image *image)
{
	auto_free char *seed = NULL;
	bool planned;

	TRY(driver_plan(m, &planned));
	if (planned)
		TRY(machine_save(m));
	TRY(identity_client(m));
	TRY(m->provisioner->make(m, &seed));
	TRY(interrupt_check());
	TRY(err_wrap(driver_create(m, image, seed), "Error in driver during machine creation"));
	if (m->provisioner->sets_up) {
		core_say(m->core, SAY_LINE, NULL, "Waiting for machine to be running, this may take a few minutes...");
		TRY(machine_boot(m, image, q->timeout_ms));
		core_say(m->core, SAY_LINE, NULL, "Docker is up and running!");
	}
	TRY(interrupt_check());
	record_set_progress(m->record, "ready");
	return machine_save(m);
}

static bool create_is_empty(const char *path)
{
	struct stat st;

	return stat(path, &st) != 0 || st.st_size == 0;
}

/* The console of a machine that is about to vanish, kept under <store>/logs. NULL when it is silent. The caller frees. */
static char *create_keep_console(struct machine *m)
{
	const char *console = driver_fetch_console(m);
	auto_free char *dir = fs_join(m->core->store, "logs");
	auto_free char *kept = xasprintf("%s/%s.console.log", dir, m->name);
	struct err *e;

	if (!console || create_is_empty(console))
		return NULL;
	e = fs_mkdirs(dir, 0700);
	if (!e)
		e = fs_copy(console, kept, 0600);
	err_free(e);
	return e ? NULL : TAKE(kept);
}

/* Undo in reverse order. What cannot be undone stays in the store, where `rm` finds it. */
static struct err *create_undo(struct machine *m, struct err *failure)
{
	auto_free char *console = create_keep_console(m);
	struct err *e;

	interrupt_hold(true);
	core_say(m->core, SAY_STAGE, m->name, "undo");
	e = driver_remove(m);
	if (!e)
		e = store_remove_dir(m->core, m->name);
	interrupt_hold(false);
	if (e) {
		auto_free char *why = err_text(e);
		core_say(m->core, SAY_WARN, m->name, "could not undo everything: %s. Clean up with: machine rm -f %s",
			 why, m->name);
		err_free(e);
	}
	if (console && failure->code != ERR_INTERRUPTED)
		core_say(m->core, SAY_WARN, m->name, "the console of the failed machine is kept in %s", console);
	return failure;
}

static struct err *create_failed(struct machine *m, const struct create_request *q, struct err *failure)
{
	failure = err_wrap(failure, "Error creating machine");
	if (failure->code != ERR_INTERRUPTED)
		failure = err_hint(failure, "To look at what is left of it: machine create --keep-on-failure %s",
				   m->name);
	if (!q->keep_on_failure)
		return create_undo(m, failure);
	core_say(m->core, SAY_WARN, m->name, "kept as it is (--keep-on-failure); remove it with: machine rm %s",
		 m->name);
	return failure;
}

/* A machine of that name will do; one that was never finished will not. */
static struct err *create_exists(const struct core *c, const struct create_request *q)
{
	auto_machine *m = NULL;

	TRY(machine_open(c, q->name, &m));
	TRY(machine_need_finished(m));
	*q->existed = true;
	return NULL;
}

struct err *machine_create(const struct core *c, const struct create_request *q)
{
	auto_lock lock = STORE_LOCK_INIT;
	auto_machine *m = NULL;
	auto_machine_image *image = NULL;
	struct err *e;

	TRY(err_wrap(store_check_name(q->name), "Error creating machine"));
	/* Whoever makes it just now is waited for. */
	TRY(store_lock(c, q->name, "create", q->existed ? q->timeout_ms : 0, &lock));
	if (q->existed && store_has(c, q->name))
		return create_exists(c, q);
	TRY(create_check(c, q, &m, &image));
	TRY(identity_shared(c));
	TRY(interrupt_check());
	core_say(c, SAY_LINE, NULL, "Creating machine...");
	record_set_progress(m->record, "creating");
	machine_image_record(m, image);
	/* Once more: the check may have decided what `rm` has to know. */
	TRY(driver_save(m));
	TRY(record_save_first(c, q->name, m->record));
	e = create_make(m, q, machine_image_files(image));
	return e ? create_failed(m, q, e) : NULL;
}
