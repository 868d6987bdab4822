/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/renewal.h"
#include "cmd/targets.h"
#include "core/machine.h"

static struct err *provision_one(struct app *app, struct machine *m, const struct opts *o)
{
	if (renewal_is_ours_alone(m))
		return err_hint(err_new(ERR_UNSUPPORTED, "hosts without a driver cannot be provisioned"),
				"Set '%s' up by other means; the client's keys in its folder are renewed by: machine "
				"regenerate-certs %s",
				m->name, m->name);
	return renewal_one(app, m, o);
}

static struct err *provision_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, provision_one);
}

const struct cmd cmd_provision = {
	.name = "provision",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Re-provision existing machines",
	.description = CMD_MACHINES,
	.run = provision_run,
};
