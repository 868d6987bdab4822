/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ls_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/ls_swarm.h"
#include "core/machine.h"
#include "gotext/gotext.h"

#define DEFAULT_COLUMNS                                                                                                \
	" {{ .Name }}\\t{{ .Active }}\\t{{ .DriverName}}\\t{{ .State }}\\t{{ .URL }}\\t{{ .Swarm }}\\t"                \
	"{{ .DockerVersion }}\\t{{ .Error}}"

static const struct {
	const char *field, *title;
} titles[] = {
	{ "Name", "NAME" },
	{ "Active", "ACTIVE" },
	{ "ActiveHost", "ACTIVE_HOST" },
	{ "ActiveSwarm", "ACTIVE_SWARM" },
	{ "DriverName", "DRIVER" },
	{ "State", "STATE" },
	{ "URL", "URL" },
	{ "SwarmOptions", "SWARM_OPTIONS" },
	{ "Swarm", "SWARM" },
	{ "EngineOptions", "ENGINE_OPTIONS" },
	{ "Error", "ERRORS" },
	{ "DockerVersion", "DOCKER" },
	{ "ResponseTime", "RESPONSE" },
};

static void set_options(cJSON *o, const struct survey_row *r, const char *member)
{
	auto_free char *path = xasprintf("HostOptions.%s", member);
	const cJSON *found = r->m ? json_get_or_null(r->m->record, path) : NULL;

	json_set(o, member, found ? cJSON_Duplicate(found, true) : cJSON_CreateNull());
}

static void set_text_or_empty(cJSON *o, const char *member, const char *text)
{
	json_set_str(o, member, text ? text : "");
}

/* One row in the shape of docker-machine's HostListItem. */
static cJSON *row_json(const struct survey *s, const struct survey_row *r)
{
	cJSON *o = json_object();
	cJSON *took = json_object();
	bool known = r->m && r->state != STATE_TIMEOUT;
	bool swarm_active = ls_swarm_is_active(r);
	const struct survey_row *master = ls_swarm_master(s, r);
	auto_free char *swarm = master ? xasprintf("%s%s", master->name, master == r ? " (master)" : "") : xstrdup("");
	auto_free char *version = r->version ? xasprintf("v%s", r->version) : xstrdup(known ? "Unknown" : "");

	set_text_or_empty(o, "Name", r->name);
	set_text_or_empty(o, "Active", !known ? "" : r->active ? "*" : swarm_active ? "* (swarm)" : "-");
	json_set_bool(o, "ActiveHost", r->active);
	json_set_bool(o, "ActiveSwarm", swarm_active);
	set_text_or_empty(o, "DriverName", r->m ? json_str_or(r->m->record, "DriverName", "") : "not found");
	set_text_or_empty(o, "State", machine_state_name(r->state));
	set_text_or_empty(o, "URL", r->url);
	set_options(o, r, "SwarmOptions");
	set_text_or_empty(o, "Swarm", swarm);
	set_options(o, r, "EngineOptions");
	set_text_or_empty(o, "Error", r->error);
	set_text_or_empty(o, "DockerVersion", version);
	json_set_int(took, "$duration", r->took_us * 1000);
	json_set(o, "ResponseTime", took);
	return o;
}

#define VERSION_MAX 64

/* The row as it is shown: engines, records and errors say what they like. */
static cJSON *row_plain(const struct survey *s, const struct survey_row *r)
{
	cJSON *o = row_json(s, r);
	auto_free char *version = plain_text(json_str_or(o, "DockerVersion", ""), VERSION_MAX, 0);

	json_set_str(o, "DockerVersion", version);
	json_plain(o, PLAIN_VALUE_MAX, 0);
	return o;
}

cJSON *ls_row(const struct survey *s, size_t i)
{
	cJSON *o = row_json(s, &s->rows[i]);

	json_set_int(o, "ResponseTime", s->rows[i].took_us * 1000);
	return o;
}

static cJSON *title_json(void)
{
	cJSON *o = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		json_set_str(o, titles[i].field, titles[i].title);
	return o;
}

/* In a format the two characters \t and \n mean a tab and a new line. */
static char *format_text(const char *format)
{
	auto_str s = STR_INIT;
	const char *end = format + strlen(format);

	while (*format == ' ')
		format++;
	while (end > format && end[-1] == ' ')
		end--;
	for (; format < end; format++) {
		bool escape = format[0] == '\\' && (format[1] == 't' || format[1] == 'n');
		str_add_char(&s, !escape ? *format : format[1] == 't' ? '\t' : '\n');
		format += escape;
	}
	return str_detach(&s);
}

static size_t runes(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

#define TABLE_COLUMNS 32

/* Go's tabwriter with minwidth 5, padding 3, blanks: the last cell of a line is not padded. */
static void print_table(const char *text)
{
	size_t widths[TABLE_COLUMNS] = { 0 };

	for (int pass = 0; pass < 2; pass++) {
		size_t column = 0;
		for (const char *p = text; *p; p++) {
			size_t len = strcspn(p, "\t\n");
			size_t width = runes(p, len) + 3;
			bool cell = p[len] == '\t' && column < TABLE_COLUMNS;

			if (pass == 0 && cell && width > widths[column])
				widths[column] = width;
			if (pass == 1)
				printf("%.*s%*s", (int)len, p,
				       cell ? (int)((widths[column] < 5 ? 5 : widths[column]) - width + 3) : 0, "");
			p += len;
			column = *p == '\t' ? column + 1 : 0;
			if (pass == 1 && *p == '\n')
				putchar('\n');
			if (!*p)
				break;
		}
	}
}

struct err *ls_print(const struct survey *s, const char *format)
{
	static const struct gotext_rules rules = { .type_name = "commands.HostListItem" };
	static const struct gotext_rules title_rules = { .type_name = NULL };
	bool table = !*format || str_starts(format, "table");
	auto_free char *row = format_text(!*format ? DEFAULT_COLUMNS : table ? format + strlen("table") : format);
	auto_free char *text = xasprintf("%s\n", row); /* a part of the format: Go's errors count lines */
	auto_str out = STR_INIT;
	struct gotext_template *t = NULL;
	struct err *e = NULL;

	TRY(gotext_parse(text, &t));
	if (table) {
		auto_json *title = title_json();
		e = gotext_run(t, title, &title_rules, &out);
	}
	for (size_t i = 0; i < s->n && !e; i++) {
		auto_json *values = row_plain(s, &s->rows[i]);
		e = gotext_run(t, values, &rules, &out);
	}
	gotext_free(t);
	if (e)
		return e;
	if (table)
		print_table(out.buf);
	else
		printf("%s", out.buf);
	return NULL;
}
