/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cmd/app.h"

void answer(const char *fmt, ...)
{
	auto_str text = STR_INIT, plain = STR_INIT;
	va_list args;

	va_start(args, fmt);
	str_vaddf(&text, fmt, args);
	va_end(args);
	if (isatty(STDOUT_FILENO))
		plain_add(&plain, text.buf, text.len, 0, PLAIN_LINES);
	/* One call, as below. */
	fputs(plain.len ? plain.buf : text.buf, stdout);
}

void answer_json(FILE *out, cJSON *object)
{
	auto_json *owned = object;
	auto_free char *text = json_print(owned, 0);

	/* One call, for commands answer for many machines side by side. */
	fprintf(out, "%s\n", text);
}

void answer_member(const char *machine, const char *member, const char *value)
{
	cJSON *o = json_object();

	json_set_str(o, "Name", machine);
	json_set_str(o, member, value);
	answer_json(stdout, o);
}

void answer_done(const struct app *app, const char *machine, const char *verb)
{
	if (app->json)
		answer_member(machine, "Done", verb);
}
