/* SPDX-License-Identifier: Apache-2.0 */
/* ls and active: what machines there are. Columns, filters and texts are docker-machine's. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/commands.h"
#include "cmd/ls.h"
#include "core/survey.h"

static const struct opt ls_opts[] = {
	{ "quiet", "q", OPT_FLAG, NULL, NULL, "Enable quiet mode" },
	{ "filter", NULL, OPT_LIST, NULL, NULL, "Filter output based on conditions provided" },
	{ "timeout", "t", OPT_DURATION, NULL, "10", "Timeout in seconds, default to 10s" },
	{ "format", "f", OPT_STRING, NULL, NULL, "Pretty-print machines using a Go template" },
	{ 0 }
};

static struct err *ls_run(struct app *app, const struct opts *o)
{
	auto_survey s = { 0 };

	TRY(survey_machines(&app->core, &s));
	TRY(ls_filter(&s, opts_list(o, "filter")));
	if (opts_flag(o, "quiet")) {
		for (size_t i = 0; i < s.n; i++)
			if (s.rows[i].m)
				ANSWER("%s\n", s.rows[i].name);
		return NULL;
	}
	TRY(survey_engines(&s, opts_duration_ms(o, "timeout")));
	ls_sort(&s);
	return ls_print(&s, opts_str(o, "format"));
}

const struct cmd cmd_ls = {
	.name = "ls",
	.args = "[arg...]",
	.summary = "List machines",
	.opts = ls_opts,
	.run = ls_run,
};

static const struct opt active_opts[] = {
	{ "timeout", "t", OPT_DURATION, NULL, "10", "Timeout in seconds, default to 10s" },
	{ 0 }
};

static struct err *active_run(struct app *app, const struct opts *o)
{
	auto_survey s = { 0 };

	if (o->args.n)
		return err_new(ERR_FAILED, "Error: Too many arguments given");
	TRY(survey_machines(&app->core, &s));
	ls_sort(&s);
	for (size_t i = 0; i < s.n; i++) {
		if (s.rows[i].active) {
			ANSWER("%s\n", s.rows[i].name);
			return NULL;
		}
	}
	return err_hint(err_new(ERR_NOT_FOUND, "No active host found"), "Choose one: eval \"$(%s env NAME)\"", app->argv0);
}

const struct cmd cmd_active = {
	.name = "active",
	.args = "[arg...]",
	.summary = "Print which machine is active",
	.description = "(no arguments)",
	.opts = active_opts,
	.run = active_run,
};
