/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create_help.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/create_opts.h"
#include "cmd/help.h"
#include "cmd/own_name.h"
#include "core/record.h"
#include "drivers/registry.h"

static bool option_begins(const struct opt *o, const char *prefix)
{
	return strncmp(o->name, prefix, strlen(prefix)) == 0;
}

static bool is_engine(const struct opt *o)
{
	return option_begins(o, "engine-");
}

static bool is_swarm(const struct opt *o)
{
	return option_begins(o, "swarm");
}

static bool is_common(const struct opt *o)
{
	return !is_engine(o) && !is_swarm(o);
}

/* The value of -d or --driver, written in any of the parser's ways. The parser itself ends at --help. NULL: not there. */
static const char *named_driver(int argc, char *const *argv)
{
	const char *found = NULL;

	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];
		size_t len;

		if (*word != '-')
			continue;
		word += strspn(word, "-");
		len = strcspn(word, "=");
		if (strncmp(word, "driver", len) != 0 || (len != 1 && len != strlen("driver")))
			continue;
		if (word[len])
			found = word + len + 1;
		else if (i + 1 < argc)
			found = argv[++i];
	}
	return found;
}

static void driver_group(FILE *out, const struct driver *d)
{
	auto_free char *title = xasprintf("Options of the driver %s", d->name);

	help_group(out, title, d->opts, NULL);
}

static void all_groups(FILE *out)
{
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d))
		driver_group(out, d);
	help_group(out, "Options of Docker's old Swarm", record_opts, is_swarm);
}

static void where_more_is(FILE *out, const struct app *app, const struct driver *shown)
{
	auto_free char *all = own_name(app, "machine help create");

	fprintf(out, "\nOther options:\n");
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d))
		if (d != shown) {
			auto_free char *written = xasprintf("machine create -d %s --help", d->name);
			auto_free char *line = own_name(app, written);

			fprintf(out, "  %s\n", line);
		}
	fprintf(out, "  %s\n", all);
}

void create_help(FILE *out, const struct app *app, int argc, char *const *argv)
{
	const char *named = named_driver(argc, argv), *variable = getenv("MACHINE_DRIVER");
	const struct driver *driver;

	if (!named)
		named = variable && *variable ? variable : CREATE_DEFAULT_DRIVER;
	driver = driver_resolve(named);
	help_group(out, "Options", create_opts, NULL);
	help_group(out, "Options of the machine", record_opts, is_common);
	help_group(out, "Options of the engine", record_opts, is_engine);
	if (!argc) {
		all_groups(out);
		return;
	}
	if (driver)
		driver_group(out, driver);
	else
		fprintf(out, "\nThere is no driver '%s'.\n", named);
	where_more_is(out, app, driver);
}
