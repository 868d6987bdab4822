/* SPDX-License-Identifier: Apache-2.0 */
/* What the other rooms call: from a text to a template, and from a template and a value to its output. */
#include <string.h>

#include "base/mem.h"
#include "gotext/gotext.h"
#include "gotext/parse.h"
#include "gotext/run.h"

#define GOTEXT_MAX_TEXT (64u << 10) /* of the template itself */

struct err *gotext_parse(const char *text, struct gotext_template **ret)
{
	__attribute__((cleanup(gotext_cursor_release))) struct gotext_cursor p = { 0 };

	if (strlen(text) > GOTEXT_MAX_TEXT)
		return err_new(ERR_FAILED, "template: larger than %u bytes", GOTEXT_MAX_TEXT);
	gotext_cursor_init(&p, text);
	TRY(gotext_parse_all(&p, &p.t->body));
	*ret = TAKE(p.t);
	return NULL;
}

void gotext_free(struct gotext_template *t)
{
	gotext_node_free_all(t);
}

struct err *gotext_run(const struct gotext_template *t, const cJSON *value, const struct gotext_rules *rules,
		       struct str *ret)
{
	auto_str out = STR_INIT;
	struct gotext_eval eval = { .t = t, .rules = rules, .work = { .typed = rules->type_name != NULL } };
	struct err *e;

	if (t->json_line && !rules->json_functions)
		return err_new(ERR_FAILED, "template: :%d: function \"%s\" not defined", t->json_line, t->json_name);
	eval.root = gotext_value_from(value, eval.work.typed);
	e = gotext_run_all(&eval, &out);
	/* What was printed before a failure is printed, as Go does. */
	str_add(ret, out.buf);
	gotext_eval_release(&eval);
	return e;
}

char *gotext_quote(const char *text)
{
	struct str s = STR_INIT;

	gotext_value_quote(&s, text);
	return str_detach(&s);
}
