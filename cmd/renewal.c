/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/renewal.h"

#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "core/machine.h"
#include "core/power.h"
#include "core/provisioner.h"

bool renewal_is_ours_alone(const struct machine *m)
{
	return m->driver && !m->provisioner->sets_up;
}

struct err *renewal_one(struct app *app, struct machine *m, const struct opts *o)
{
	(void)o;
	TRY(machine_regenerate(m, MACHINE_READY_MS));
	if (renewal_is_ours_alone(m))
		core_say(&app->core, SAY_WARN, m->name,
			 "nothing can be put on a host without a driver: its engine keeps its own certificate, only "
			 "the client's "
			 "keys in the machine's folder are new");
	answer_done(app, m->name, "regenerate-certs");
	return NULL;
}
