/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create_opts.h"

#include <inttypes.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/proc.h"
#include "cmd/app.h"
#include "core/record.h"
#include "drivers/registry.h"

#define COUNT_MAX 1000

const struct opt create_opts[] = {
	{ "driver", "d", OPT_STRING, "MACHINE_DRIVER", CREATE_DEFAULT_DRIVER, "Driver to create machine with." },
	{ "image", NULL, OPT_STRING, NULL, NULL,
	  "Folder of the guest image (default: MACHINE_IMAGE, the store, where it is installed)" },
	CMD_READY_TIMEOUT,
	{ "if-missing", NULL, OPT_FLAG, NULL, NULL,
	  "Succeed when there is a machine of that name already, and leave it as it is" },
	{ "count", NULL, OPT_INT, NULL, NULL, "Create so many: NAME-1, NAME-2, ..." },
	{ "keep-on-failure", NULL, OPT_FLAG, NULL, NULL, "Keep what was made when creating fails" },
	{ 0 }
};

void create_opts_more(const struct opt **tables, size_t max)
{
	size_t n = 0;

	tables[n++] = record_opts;
	for (const struct driver *d = driver_next(NULL); d && n + 1 < max; d = driver_next(d))
		tables[n++] = d->opts;
	tables[n] = NULL;
}

/* Called by its old name, the tool takes what that took, where it is there. */
static const char *create_default_driver(const struct app *app)
{
	auto_free char *found = NULL;

	if (!app_is_docker_machine(app))
		return CREATE_DEFAULT_DRIVER;
	auto_err *missing = proc_find("VBoxManage", &found);
	if (!missing)
		return "virtualbox";
	core_say(&app->core, SAY_WARN, NULL,
		 "VirtualBox is not installed: the driver " CREATE_DEFAULT_DRIVER " is used (choose with --driver)");
	return CREATE_DEFAULT_DRIVER;
}

struct err *create_opts_driver(const struct app *app, const struct opts *o, const struct driver **ret)
{
	const char *name = opts_given(o, "driver") ? opts_str(o, "driver") : create_default_driver(app);
	auto_str known = STR_INIT;

	*ret = driver_resolve(name);
	if (*ret)
		return NULL;
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d))
		str_addf(&known, "%s%s", known.len ? ", " : "", d->name);
	return err_hint(err_new(ERR_NOT_FOUND,
				"Driver \"%s\" not found. Do you have the plugin binary \"docker-machine-driver-%s\" "
				"accessible in your PATH?",
				name, name),
			"Drivers of this build: %s", known.buf);
}

struct err *create_opts_foreign(const struct opts *o, const struct driver *mine)
{
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d))
		for (const struct opt *t = d->opts; d != mine && t->name; t++)
			if (opts_on_command_line(o, t->name))
				return err_hint(err_new(ERR_USAGE, "flag provided but not defined: -%s", t->name),
						"It belongs to the driver '%s': --driver %s", d->name, d->name);
	return NULL;
}

struct err *create_opts_names(const struct app *app, const struct opts *o, struct list *ret)
{
	int64_t count = opts_int(o, "count");

	if (!o->args.n)
		return err_hint(err_status(err_new(ERR_USAGE, "Error: No machine name specified"), 1),
				"Give it a name: machine create dev");
	if (app_is_docker_machine(app) && o->args.n > 1) {
		auto_free char *more = list_join(&o->args, " ");

		return err_status(
			err_new(ERR_USAGE, "Invalid command line. Found extra arguments [%s]", strchr(more, ' ') + 1),
			1);
	}
	if (!opts_given(o, "count")) {
		list_add_all(ret, &o->args);
		return NULL;
	}
	if (count < 1 || count > COUNT_MAX || o->args.n != 1)
		return err_hint(err_new(ERR_USAGE, "--count takes one name, and a number from 1 to %d", COUNT_MAX),
				"For example: machine create --count 3 ci");
	for (int64_t i = 1; i <= count; i++)
		list_addf(ret, "%s-%" PRId64, o->args.items[0], i);
	return NULL;
}
