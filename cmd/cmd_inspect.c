/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "gotext/gotext.h"

static const struct opt inspect_opts[] = {
	{ "format", "f", OPT_STRING, NULL, NULL, "Format the output using the given go template." }, { 0 }
};

static struct err *inspect_run(struct app *app, const struct opts *o)
{
	static const struct gotext_rules rules = { .json_functions = true };
	auto_machine *m = NULL;
	auto_str out = STR_INIT;
	struct gotext_template *t = NULL;
	struct err *e;

	TRY(target_one(app, o, &m));
	if (app->json) {
		answer_json(stdout, cJSON_Duplicate(m->record, true));
		return NULL;
	}
	if (!*opts_str(o, "format")) {
		auto_free char *json = json_print(m->record, 4);
		ANSWER("%s\n", json);
		return NULL;
	}
	TRY(err_wrap(gotext_parse(opts_str(o, "format"), &t), "template parsing error"));
	/* What the format itself says is the user's own, colours too; what is in the record may be others'. */
	auto_json *record = cJSON_Duplicate(m->record, true);
	if (isatty(STDOUT_FILENO))
		json_plain(record, 0, PLAIN_LINES);
	e = gotext_run(t, record, &rules, &out);
	gotext_free(t);
	if (!e)
		printf("%s\n", out.buf);
	return e;
}

const struct cmd cmd_inspect = {
	.name = "inspect",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Inspect information about a machine",
	.description = CMD_MACHINE,
	.opts = inspect_opts,
	.run = inspect_run,
};
