/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/fold.h"
#include "cmd/own_name.h"
#include "cmd/rows.h"
#include "cmd/version_text.h"

#define COLUMNS_USUAL 80

/* Wide lines are read by programs only where docker-machine's were. */
static size_t help_columns(FILE *out)
{
	size_t columns = fold_columns(out);

	return columns ? columns : COLUMNS_USUAL;
}

static char *opt_left(const struct opt *o)
{
	struct str s = STR_INIT;

	str_addf(&s, "--%s", o->name);
	if (o->letter)
		str_addf(&s, ", -%s", o->letter);
	if (o->type == OPT_LIST)
		str_addf(&s, " [--%s option --%s option]", o->name, o->name);
	else if (o->type != OPT_FLAG && o->fallback && *o->fallback)
		str_addf(&s, " \"%s\"", o->fallback);
	else if (o->type != OPT_FLAG)
		str_add(&s, " ");
	return str_detach(&s);
}

static char *opt_right(const struct opt *o)
{
	return o->env ? xasprintf("%s [$%s]", o->help, o->env) : xstrdup(o->help);
}

static void print_opts(FILE *out, const struct opt *const *tables, const char *indent, bool sort)
{
	struct rows rows = { 0 };

	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->name; o++)
			if (!o->hidden)
				rows_add(&rows, opt_left(o), opt_right(o));
	if (sort)
		rows_sort(&rows);
	rows_print(out, &rows, indent);
}

void help_text(FILE *out, const char *indent, const char *text)
{
	fputs(indent, out);
	rows_text(out, text, strlen(indent), strlen(indent), help_columns(out));
}

/* Not docker-machine's way, which writes the name of a list's option three times. */
static char *group_left(const struct opt *o)
{
	static const char *const values[] = { [OPT_FLAG] = "",		[OPT_STRING] = " VALUE",  [OPT_INT] = " N",
					      [OPT_LIST] = " VALUE...", [OPT_DURATION] = " TIME", [OPT_MIB] = " SIZE" };

	return xasprintf("--%s%s%s%s", o->name, o->letter ? ", -" : "", o->letter ? o->letter : "", values[o->type]);
}

static char *group_right(const struct opt *o)
{
	auto_free char *text = opt_right(o);

	return o->type != OPT_FLAG && o->fallback && *o->fallback ? xasprintf("%s (default: %s)", text, o->fallback)
								  : TAKE(text);
}

void help_group(FILE *out, const char *title, const struct opt *table, bool (*fits)(const struct opt *o))
{
	struct rows rows = { 0 };

	for (const struct opt *o = table; o->name; o++)
		if (!o->hidden && (!fits || fits(o)))
			rows_add(&rows, group_left(o), group_right(o));
	if (rows.n) {
		rows_sort(&rows);
		fprintf(out, "\n%s:\n", title);
		rows_fold(out, &rows, "  ", help_columns(out));
	}
	rows_free(&rows);
}

const char *help_summary(const struct app *app, const struct cmd *c)
{
	return c->old_summary && app_is_docker_machine(app) ? c->old_summary : c->summary;
}

void help_app(FILE *out, const struct app *app)
{
	/* Shown only: the parser knows it without a table. */
	static const struct opt help_opt[] = { { "help", "h", OPT_FLAG, NULL, NULL, "show help" }, { 0 } };
	const struct opt *tables[] = { app_opts, help_opt, NULL };
	struct rows rows = { 0 };

	fprintf(out, "Usage: %s [OPTIONS] COMMAND [arg...]\n\nCreate and manage machines running Docker.\n\n",
		core_prog(&app->core));
	fprintf(out, "Version: %s, build %s\n\nOptions:\n", version_text, version_commit);
	print_opts(out, tables, "  ", false);
	fprintf(out, "  \nCommands:\n");
	for (const struct cmd *const *c = cmd_table; *c; c++)
		if (!((*c)->flags & CMD_HIDDEN))
			rows_add(&rows, xstrdup((*c)->name), xstrdup(help_summary(app, *c)));
	rows_print(out, &rows, "  ");
	fprintf(out, "  \nRun '%s COMMAND --help' for more information on a command.\n", core_prog(&app->core));
}

static void help_list(FILE *out, const struct opt *const *tables)
{
	fprintf(out, "\nOptions:\n   \n");
	print_opts(out, tables, "   ", tables[1] != NULL);
	fprintf(out, "   \n");
}

void help_cmd(FILE *out, const struct app *app, const struct cmd *c, int argc, char *const *argv)
{
	const struct opt *tables[CMD_TABLES_MAX];
	bool groups = c->help_options && !app_is_docker_machine(app);
	auto_free char *description = c->description ? own_name(app, c->description) : NULL;

	cmd_tables(c, tables, CMD_TABLES_MAX);
	fprintf(out, "Usage: %s %s%s %s\n\n%s\n", core_prog(&app->core), c->name, *tables ? " [OPTIONS]" : "", c->args,
		help_summary(app, c));
	if (description && (groups || fold_columns(out))) {
		fprintf(out, "\nDescription:\n");
		help_text(out, "   ", description);
	} else if (description) {
		fprintf(out, "\nDescription:\n   %s\n", description);
	}
	if (groups)
		c->help_options(out, app, argc, argv);
	else if (*tables)
		help_list(out, tables);
}
