/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: what this host lacks for each driver, by the checks that create makes. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/opt_parse.h"
#include "base/package.h"
#include "base/proc.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "core/driver_call.h"
#include "core/machine.h"
#include "core/machine_image.h"
#include "core/record.h"
#include "drivers/registry.h"

/* Programs that some commands call. */
static const struct {
	const char *name, *package;
} programs[] = {
	{ "ssh", "openssh-client" },
	{ "docker", "docker-cli" },
};

/* One line, and below it the cure, or what is lacking all the same (limit may be NULL). Takes e. */
static void doctor_tell(const struct app *app, const char *what, const char *fine, struct err *e, const char *limit)
{
	auto_free char *why = e ? err_text(e) : NULL;
	const char *hint = e ? err_hint_of(e) : NULL;

	if (app->json) {
		cJSON *o = json_object();

		json_set_str(o, "Check", what);
		json_set_bool(o, "OK", !e);
		json_set_str(o, "Text", e ? why : fine);
		if (hint)
			json_set_str(o, "Hint", hint);
		if (limit)
			json_set_str(o, "Limit", limit);
		answer_json(stdout, o);
	} else {
		ANSWER("%-12s%-6s%s\n", what, e ? "no" : "ok", e ? why : fine);
		if (hint)
			ANSWER("%-18shint: %s\n", "", hint);
		if (limit)
			ANSWER("%-18sbut: %s\n", "", limit);
	}
	err_free(e);
}

/* As create would, with the options as they are when none is given. */
static struct err *doctor_driver(const struct app *app, const struct driver *d, char **ret_limit)
{
	const struct opt *tables[] = { record_opts, d->opts, NULL };
	auto_opts o = { 0 };
	auto_machine *m = NULL;

	if (!driver_makes_machines(d))
		return NULL;
	TRY(opts_parse(&o, tables, 0, NULL, false));
	TRY(machine_new(&app->core, "doctor", d, &o, &m));
	TRY(driver_precheck(m));
	*ret_limit = driver_limit(m);
	return NULL;
}

static struct err *doctor_image(const struct app *app, char **ret_dir)
{
	auto_machine_image *image = NULL;

	TRY(machine_image_find(&app->core, NULL, &image));
	*ret_dir = xstrdup(machine_image_files(image)->dir);
	return NULL;
}

static bool doctor_is_asked(const struct opts *o, const char *name)
{
	for (size_t i = 0; i < o->args.n; i++)
		if (str_eq(o->args.items[i], name))
			return true;
	return !o->args.n;
}

static struct err *doctor_names(const struct opts *o)
{
	for (size_t i = 0; i < o->args.n; i++)
		if (!driver_resolve(o->args.items[i]))
			return err_hint(err_new(ERR_NOT_FOUND, "there is no driver '%s'", o->args.items[i]),
					"Drivers of this build: machine create --help");
	return NULL;
}

/* How many of the drivers that were asked for can be used, and how many cannot. */
static void doctor_drivers(const struct app *app, const struct opts *o, size_t *fine, size_t *bad)
{
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d)) {
		auto_free char *limit = NULL;
		struct err *e;

		if (!doctor_is_asked(o, d->name))
			continue;
		e = doctor_driver(app, d, &limit);
		if (e)
			++*bad;
		else if (driver_makes_machines(d))
			++*fine;
		doctor_tell(app, d->name, d->summary, e, limit);
	}
}

/* A Docker client that `make install CLIENT=1` put beside us, and not on the PATH. Takes missing. */
static struct err *doctor_own_client(struct err *missing, char **ret)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe));
	auto_free char *own = n > 0 ? xasprintf("%.*s", (int)n, exe) : xstrdup("");
	char *slash = strrchr(own, '/');

	if (!slash)
		return missing;
	*slash = '\0';
	auto_free char *client = xasprintf("%s/../libexec/machine/docker", own);
	*ret = realpath(client, NULL);
	if (!*ret)
		return missing;
	err_free(missing);
	return NULL;
}

static struct err *doctor_run(struct app *app, const struct opts *o)
{
	auto_free char *image = NULL;
	size_t fine = 0, bad = 0;
	struct err *e;

	TRY(doctor_names(o));
	doctor_drivers(app, o, &fine, &bad);
	e = doctor_image(app, &image);
	bool no_image = e;
	doctor_tell(app, "image", image, e, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		auto_free char *path = NULL;

		e = proc_find(programs[i].name, &path);
		if (e && str_eq(programs[i].name, "docker"))
			e = doctor_own_client(e, &path);
		doctor_tell(app, programs[i].name, path, err_package(e, programs[i].package), NULL);
	}
	return no_image || (o->args.n ? bad > 0 : fine == 0) ? err_new(ERR_REPORTED, "something is missing") : NULL;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[DRIVER...]",
	.words = CMD_WORDS_DRIVERS,
	.summary = "Check what this host lacks for each driver, and tell the cure",
	.description = "Argument(s) are names of drivers; without any all are checked. The status is 0 when a machine "
		       "can be created.",
	.run = doctor_run,
};
