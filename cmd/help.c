/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help, made from the tables, in docker-machine's layout: its completions and people's scripts read it. Go's tabwriter
 * (minwidth 0, tabwidth 8, padding 1, tabs) decides how many tabs stand between the columns. That makes lines of up to 200
 * columns: on a terminal the same words are folded to its width.
 */
#include "cmd/help.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/own_name.h"
#include "cmd/version_text.h"

#define TAB 8
#define COLUMN 24 /* where explanations begin on a terminal */
#define COLUMNS_LEAST 40
#define COLUMNS_USUAL 80

struct row {
	char *left;
	char *right;
};

struct rows {
	struct row *items;
	size_t n;
};

static void rows_add(struct rows *r, char *left, char *right)
{
	r->items = xrealloc(r->items, (r->n + 1) * sizeof(*r->items));
	r->items[r->n++] = (struct row){ left, right };
}

/* The columns of the terminal that this goes to; 0: it goes to none. */
static size_t terminal_columns(FILE *out)
{
	struct winsize w;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &w) < 0 || !w.ws_col)
		return 0;
	return w.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : w.ws_col;
}

/* From column `at`, words that do not fit go to a new line, at column `begin`. */
static void fold(FILE *out, const char *text, size_t at, size_t begin, size_t columns)
{
	bool first = true;

	for (const char *word = text; *word;) {
		size_t len = strcspn(word, " ");

		if (!first && at + 1 + len > columns) {
			fprintf(out, "\n%*s", (int)begin, "");
			at = begin;
			first = true;
		}
		fprintf(out, "%s%.*s", first ? "" : " ", (int)len, word);
		at += len + !first;
		first = false;
		word += len + strspn(word + len, " ");
	}
	fputc('\n', out);
}

static void rows_fold(FILE *out, const struct rows *r, const char *indent, size_t columns)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *left = r->items[i].left;
		size_t at = strlen(indent) + strlen(left);

		fputs(indent, out);
		if (at < COLUMN) {
			fprintf(out, "%s%*s", left, (int)(COLUMN - at), "");
		} else {
			fold(out, left, strlen(indent), 2 * strlen(indent), columns);
			fprintf(out, "%*s", COLUMN, "");
		}
		fold(out, r->items[i].right, COLUMN, COLUMN, columns);
	}
}

static void rows_tabs(FILE *out, const struct rows *r, const char *indent)
{
	size_t width = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t len = strlen(indent) + strlen(r->items[i].left);
		width = len > width ? len : width;
	}
	width = (width + 1 + TAB - 1) / TAB * TAB;
	for (size_t i = 0; i < r->n; i++) {
		size_t len = strlen(indent) + strlen(r->items[i].left);
		size_t tabs = (width - len + TAB - 1) / TAB;

		fprintf(out, "%s%s", indent, r->items[i].left);
		while (tabs--)
			fputc('\t', out);
		fprintf(out, "%s\n", r->items[i].right);
	}
}

/* Wide lines are read by programs only where docker-machine's were. */
static size_t help_columns(FILE *out)
{
	size_t columns = terminal_columns(out);

	return columns ? columns : COLUMNS_USUAL;
}

static void rows_free(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].left);
		free(r->items[i].right);
	}
	free(r->items);
}

static void rows_print(FILE *out, struct rows *r, const char *indent)
{
	size_t columns = terminal_columns(out);

	if (columns)
		rows_fold(out, r, indent, columns);
	else
		rows_tabs(out, r, indent);
	rows_free(r);
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

static int row_order(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->left, ((const struct row *)b)->left);
}

static void print_opts(FILE *out, const struct opt *const *tables, const char *indent, bool sort)
{
	struct rows rows = { 0 };

	for (; *tables; tables++)
		for (const struct opt *o = *tables; o->name; o++)
			if (!o->hidden)
				rows_add(&rows, opt_left(o), opt_right(o));
	if (sort && rows.n)
		qsort(rows.items, rows.n, sizeof(*rows.items), row_order);
	rows_print(out, &rows, indent);
}

void help_text(FILE *out, const char *indent, const char *text)
{
	fputs(indent, out);
	fold(out, text, strlen(indent), strlen(indent), help_columns(out));
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
		qsort(rows.items, rows.n, sizeof(*rows.items), row_order);
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
		app->prog);
	fprintf(out, "Version: %s, build %s\n\nOptions:\n", version_text, version_commit);
	print_opts(out, tables, "  ", false);
	fprintf(out, "  \nCommands:\n");
	for (const struct cmd *const *c = cmd_table; *c; c++)
		if (!((*c)->flags & CMD_HIDDEN))
			rows_add(&rows, xstrdup((*c)->name), xstrdup(help_summary(app, *c)));
	rows_print(out, &rows, "  ");
	fprintf(out, "  \nRun '%s COMMAND --help' for more information on a command.\n", app->prog);
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
	fprintf(out, "Usage: %s %s%s %s\n\n%s\n", app->prog, c->name, *tables ? " [OPTIONS]" : "", c->args,
		help_summary(app, c));
	if (description && (groups || terminal_columns(out))) {
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
