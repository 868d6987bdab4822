/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "base/mem.h"
#include "certs/keys.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "cmd/renewal.h"
#include "cmd/targets.h"
#include "core/power.h"
#include "core/provisioner.h"
#include "core/store.h"

static const struct opt certs_opts[] = { { "force", "f", OPT_FLAG, NULL, NULL, "Force rebuild and do not prompt" },
					 { "client-certs", NULL, OPT_FLAG, NULL, NULL,
					   "Also regenerate client certificates and CA." },
					 { 0 } };

static void certs_line(void *data, const char *line)
{
	core_say(data, SAY_LINE, NULL, "%s", line);
}

/* Nobody is asked about machines that are not there. */
static struct err *certs_find(const struct app *app, const struct opts *o)
{
	auto_list names = { 0 };

	TRY(target_names(app, o, &names));
	for (size_t i = 0; i < names.n; i++)
		TRY(store_need(&app->core, names.items[i]));
	return NULL;
}

static struct err *certs_run(struct app *app, const struct opts *o)
{
	struct certs_paths paths = core_certs(&app->core);
	enum confirm answer = CONFIRM_YES;

	if (!opts_flag(o, "force") && !opts_flag(o, "client-certs"))
		TRY(certs_find(app, o));
	if (!opts_flag(o, "force"))
		answer = confirm("Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): ");
	if (answer == CONFIRM_END)
		return err_hint(err_new(ERR_FAILED, "EOF"), "Without a question: machine regenerate-certs --force");
	if (answer == CONFIRM_NO)
		return NULL;
	core_say(&app->core, SAY_LINE, NULL, "Regenerating TLS certificates");
	if (opts_flag(o, "client-certs")) {
		core_say(&app->core, SAY_LINE, NULL, "Regenerating local certificates");
		TRY(err_wrap(certs_renew_client(&paths, certs_line, &app->core), "Error generating certificates"));
	}
	return target_each(app, o, renewal_one);
}

const struct cmd cmd_regenerate_certs = {
	.name = "regenerate-certs",
	.alias = "tls-regenerate-certs",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Regenerate TLS Certificates for a machine",
	.description = CMD_MACHINES,
	.opts = certs_opts,
	.run = certs_run,
};
