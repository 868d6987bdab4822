/* SPDX-License-Identifier: Apache-2.0 */
#include "core/boot.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/context.h"
#include "core/driver_call.h"
#include "core/engine_check.h"
#include "core/identity.h"
#include "core/provisioner.h"
#include "core/record.h"
#include "core/store.h"

static void boot_event(void *data, const struct driver_boot_event *e)
{
	struct machine *m = data;

	if (e->warning)
		core_say(m->core, SAY_WARN, m->name, "%s", e->warning);
	else if (!str_eq(e->stage, "ready"))
		core_say(m->core, SAY_STAGE, m->name, "%s", e->stage);
}

struct engine_wait {
	struct machine *m;
	const char *url;
	struct deadline deadline;
	struct err *last;
};

/* A TLS refusal will not mend itself; everything else may be an engine that is still starting. */
static struct err *engine_answers(void *data, bool *done)
{
	struct engine_wait *w = data;
	int left = deadline_left_ms(w->deadline);
	struct err *e = engine_check(w->m, w->url, left < MACHINE_CHECK_MS ? left : MACHINE_CHECK_MS);

	if (e && (e->code == ERR_AUTH || e->code == ERR_INTERRUPTED))
		return e;
	*done = !e;
	err_free(w->last);
	w->last = e;
	return NULL;
}

struct err *machine_wait_engine(struct machine *m, struct deadline d)
{
	auto_endpoint end = { 0 };
	struct engine_wait w = { .m = m, .deadline = d };
	struct err *e;

	TRY(machine_endpoint(m, &end));
	w.url = end.url;
	e = retry_until(d, 50, "the engine to answer over TLS", engine_answers, &w);
	if (e && w.last) {
		auto_free char *why = err_text(w.last);
		e = err_wrap(e, "the last answer was: %s", why);
	}
	err_free(w.last);
	return e;
}

/* Only where it costs no connection and no container. */
static bool mend_is_possible(const struct machine *m)
{
	return m->provisioner->renews_live(m);
}

static struct err *mend_renew(struct machine *m, const struct driver_endpoint *end)
{
	TRY(identity_shared(m->core));
	/* Its key is elsewhere, or it is somebody else's: whatever it signs would end as soon. */
	if (certs_ends_soon(m->core->ca))
		return err_new(ERR_NOT_FOUND, "the CA '%s' ends soon itself and is not ours to renew", m->core->ca);
	return m->provisioner->renew(m, end, true);
}

/*
 * Its address may be another than the certificate says, where nobody promises addresses; or SSH's port another; or the
 * certificate ends soon.
 */
static struct err *machine_mend(struct machine *m)
{
	auto_endpoint end = { 0 };
	struct err *e;

	TRY(machine_endpoint(m, &end));
	if (!mend_is_possible(m) || (identity_fits(m, &end) && !identity_ends_soon(m)))
		return identity_follow_ssh(m, &end);
	core_say(m->core, SAY_STAGE, m->name, "certificate for %s", end.address);
	if (!identity_fits(m, &end))
		return err_wrap(m->provisioner->renew(m, &end, true), "cannot mend the certificate of machine '%s'",
				m->name);
	e = mend_renew(m, &end);
	if (!e || e->code == ERR_INTERRUPTED)
		return e;
	auto_free char *why = err_text(e);
	core_say(m->core, SAY_WARN, m->name, "its certificates end soon and could not be renewed: %s", why);
	err_free(e);
	return identity_follow_ssh(m, &end);
}

struct err *machine_follow_address(struct machine *m, struct driver_endpoint *end)
{
	auto_lock lock = STORE_LOCK_INIT;

	TRY(machine_running_endpoint(m, end));
	if (!mend_is_possible(m) || (identity_fits(m, end) && !identity_ends_soon(m)))
		return NULL;
	TRY(store_lock(m->core, m->name, "env", 30000, &lock));
	TRY(machine_read(m));
	TRY(machine_mend(m));
	context_refresh(m);
	TRY(machine_save(m));
	driver_endpoint_release(end);
	return machine_endpoint(m, end);
}

/* Takes and returns e; where the record cannot be saved, that counts only when nothing else failed. */
static struct err *machine_keep_reach(struct machine *m, struct err *e)
{
	auto_endpoint end = { 0 };
	/* What the driver learns of the machine's ports is saved with what it chose. */
	struct err *unreached = driver_reach(m), *unsaved = machine_save(m);

	if (unsaved)
		err_free(unreached);
	else
		unsaved = unreached;
	if (!unsaved)
		unsaved = driver_ask_endpoint(m, &end);
	if (!unsaved)
		unsaved = identity_follow_ssh(m, &end);
	if (!e)
		return unsaved;
	err_free(unsaved);
	return e;
}

struct err *machine_boot(struct machine *m, const struct driver_image *image, int timeout_ms)
{
	struct deadline d = deadline_in(timeout_ms);

	core_say(m->core, SAY_STAGE, m->name, "start");
	record_set_booting(m->record, true);
	/* Whatever becomes of the boot: ports may have moved, and the machine runs with them. */
	TRY(machine_keep_reach(m, driver_start(m, image)));
	TRY(driver_wait_ready(m, d, boot_event, m));
	if (machine_is_half_made(m))
		TRY(m->provisioner->settings(m, d));
	TRY(machine_mend(m));
	context_refresh(m);
	core_say(m->core, SAY_STAGE, m->name, "check");
	TRY(machine_wait_engine(m, d));
	record_set_booting(m->record, false); /* whoever called saves */
	return NULL;
}
