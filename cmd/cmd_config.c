/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/connection.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "gotext/gotext.h"

static const struct opt config_opts[] = { CMD_SWARM, { 0 } };

static struct err *config_run(struct app *app, const struct opts *o)
{
	static const char *const files[][2] = { { "tlscacert", "ca.pem" },
						{ "tlscert", "cert.pem" },
						{ "tlskey", "key.pem" } };
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };

	TRY(target_one(app, o, &m));
	TRY(err_wrap(connection_check(m, opts_flag(o, "swarm"), &end), "Error running connection boilerplate"));
	if (app->json) {
		cJSON *answer = json_object();

		json_set_str(answer, "Name", m->name);
		json_set_str(answer, "Host", end.url);
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			auto_free char *path = fs_join(m->dir, files[i][1]);

			json_set_str(answer, files[i][0], path);
		}
		answer_json(stdout, answer);
		return NULL;
	}
	ANSWER("--tlsverify\n");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = xasprintf("%s/%s", m->dir, files[i][1]);
		auto_free char *quoted = gotext_quote(path);
		ANSWER("--%s=%s\n", files[i][0], quoted);
	}
	ANSWER("-H=%s\n", end.url);
	return NULL;
}

const struct cmd cmd_config = {
	.name = "config",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Print the connection config for machine",
	.description = CMD_MACHINE,
	.opts = config_opts,
	.flags = CMD_QUIET_STDOUT,
	.run = config_run,
};
