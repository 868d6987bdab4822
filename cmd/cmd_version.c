/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd_version.h"

#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "cmd/version_text.h"
#include "core/engine_check.h"
#include "core/machine.h"

#define VERSION_MAX 64

static struct err *version_of_machine(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };
	auto_free char *version = NULL;

	TRY(target_one(app, o, &m));
	TRY(machine_running_endpoint(m, &end));
	TRY(engine_check_version(m, end.url, MACHINE_CHECK_MS, &version));
	auto_free char *plain = plain_text(version, VERSION_MAX, 0);
	if (app->json)
		answer_member(m->name, "DockerVersion", version);
	else
		ANSWER("%s\n", plain);
	return NULL;
}

void version_answer(const struct app *app)
{
	cJSON *o;

	if (!app->json) {
		ANSWER("%s version %s, build %s\n", app_is_docker_machine(app) ? core_prog(&app->core) : "machine",
		       version_text, version_commit);
		return;
	}
	o = json_object();
	json_set_str(o, "Version", version_text);
	json_set_str(o, "Build", version_commit);
	answer_json(stdout, o);
}

static struct err *version_run(struct app *app, const struct opts *o)
{
	if (o->args.n > 1)
		return target_too_many();
	if (o->args.n)
		return err_wrap(version_of_machine(app, o), "Unable to query docker version");
	version_answer(app);
	return NULL;
}

const struct cmd cmd_version = {
	.name = "version",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Show the version of this program, or of a machine's engine",
	.old_summary = "Show the Docker Machine version or a machine docker version",
	.description = CMD_MACHINE,
	.run = version_run,
};
