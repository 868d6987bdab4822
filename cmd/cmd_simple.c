/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that ask one question and print the answer: ip, url, status, version, inspect, config. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/commands.h"
#include "core/engine_check.h"
#include "gotext/gotext.h"

static struct err *ip_one(struct app *app, struct machine *m, const struct opts *o)
{
	auto_endpoint end = { 0 };

	(void)o;
	TRY(err_wrap(machine_running_endpoint(m, &end), "Error getting IP address"));
	if (app->json)
		answer_member(m->name, "IP", end.address);
	else
		ANSWER("%s\n", end.address);
	return NULL;
}

static struct err *ip_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, ip_one);
}

const struct cmd cmd_ip = {
	.name = "ip",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Get the IP address of a machine",
	.description = "Argument(s) are one or more machine names.",
	.run = ip_run,
};

static struct err *url_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };

	TRY(target_one(app, o, &m));
	TRY(machine_running_endpoint(m, &end));
	if (app->json)
		answer_member(m->name, "URL", end.url);
	else
		ANSWER("%s\n", end.url);
	return NULL;
}

const struct cmd cmd_url = {
	.name = "url",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Get the URL of a machine",
	.description = "Argument is a machine name.",
	.run = url_run,
};

static struct err *status_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	enum machine_state s;

	TRY(target_one(app, o, &m));
	TRY(err_wrap(machine_state(m, &s), "error getting state for host %s", m->name));
	auto_free char *problem = machine_problem(m, s);
	if (problem)
		core_say(&app->core, SAY_WARN, m->name, "%s", problem);
	if (app->json)
		answer_member(m->name, "State", machine_state_name(s));
	else
		ANSWER("%s\n", machine_state_name(s));
	return NULL;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Get the status of a machine",
	.description = "Argument is a machine name.",
	.run = status_run,
};

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
		ANSWER("%s version %s, build %s\n", app_is_docker_machine(app) ? app->prog : "machine", version_text,
		       version_commit);
		return;
	}
	o = cJSON_CreateObject();
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
	.description = "Argument is a machine name.",
	.run = version_run,
};

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
	/* What the template itself says is the user's own, colours too; what is in the record may be others'. */
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
	.description = "Argument is a machine name.",
	.opts = inspect_opts,
	.run = inspect_run,
};

static const struct opt config_opts[] = {
	{ "swarm", NULL, OPT_FLAG, NULL, NULL, "Display the Swarm config instead of the Docker daemon" }, { 0 }
};

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
		cJSON *answer = cJSON_CreateObject();

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
	.description = "Argument is a machine name.",
	.opts = config_opts,
	.flags = CMD_QUIET_STDOUT,
	.run = config_run,
};
