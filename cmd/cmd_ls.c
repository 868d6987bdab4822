/* SPDX-License-Identifier: Apache-2.0 */
/* ls: what machines there are. Columns, filters and texts are docker-machine's. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/ls_filter.h"
#include "cmd/ls_print.h"
#include "cmd/ls_sort.h"
#include "core/identity.h"
#include "core/survey.h"

#define WARN_DAYS 14

static const struct opt ls_opts[] = {
	{ "quiet", "q", OPT_FLAG, NULL, NULL, "Enable quiet mode" },
	{ "filter", NULL, OPT_LIST, NULL, NULL, "Filter output based on conditions provided" },
	CMD_LOOK_TIMEOUT,
	{ "format", "f", OPT_STRING, NULL, NULL, "Pretty-print machines using a Go template" },
	{ 0 }
};

/* Two weeks before the end: `start` and `env` have renewed it by then where they can. */
static void ls_warn(const struct core *c, const struct survey *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct survey_row *r = &s->rows[i];
		int64_t end, left;
		char date[16];
		time_t at;

		if (!r->m || !identity_end(r->m, &end))
			continue;
		left = end - (int64_t)time(NULL);
		at = (time_t)end;
		if (left < WARN_DAYS * 86400 && strftime(date, sizeof(date), "%Y-%m-%d", localtime(&at)))
			core_say(c, SAY_WARN, r->name,
				 "its certificates %s on %s; renew them: machine regenerate-certs %s",
				 left < 0 ? "ended" : "end", date, r->name);
	}
}

static struct err *ls_run(struct app *app, const struct opts *o)
{
	auto_survey s = { 0 };

	TRY(survey_machines(&app->core, opts_duration_ms(o, "timeout"), &s));
	TRY(ls_filter(&s, opts_list(o, "filter")));
	if (opts_flag(o, "quiet")) {
		for (size_t i = 0; i < s.n; i++)
			if (s.rows[i].m && app->json)
				answer_member(s.rows[i].name, "DriverName",
					      json_str_or(s.rows[i].m->record, "DriverName", ""));
			else if (s.rows[i].m)
				ANSWER("%s\n", s.rows[i].name);
		return NULL;
	}
	TRY(survey_engines(&s, opts_duration_ms(o, "timeout")));
	ls_sort(&s);
	ls_warn(&app->core, &s);
	if (app->json) {
		for (size_t i = 0; i < s.n; i++)
			answer_json(stdout, ls_row(&s, i));
		return NULL;
	}
	return ls_print(&s, opts_str(o, "format"));
}

const struct cmd cmd_ls = {
	.name = "ls",
	.args = "[arg...]",
	.summary = "List machines",
	.opts = ls_opts,
	.run = ls_run,
};
