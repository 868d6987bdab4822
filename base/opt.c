/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the values once the command line has been read. */
#include "base/opt.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/opt_value.h"

void opts_release(struct opts *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->values[i].text);
		err_free(o->values[i].bad_variable);
		list_release(&o->values[i].list);
	}
	free(o->values);
	list_release(&o->args);
	*o = (struct opts){ 0 };
}

struct err *opts_check_variables(const struct opts *o, const struct opt *table)
{
	for (const struct opt *t = table; t && t->name; t++)
		for (size_t i = 0; i < o->n; i++)
			if (o->values[i].opt == t && o->values[i].bad_variable)
				return TAKE(o->values[i].bad_variable);
	return NULL;
}

/* A table and the code that asks for its options disagree: a bug that the first test finds. */
static _Noreturn void opt_bug(const char *name, const char *what)
{
	fprintf(stderr, "bug: option '%s' is %s\n", name, what);
	abort();
}

static const struct opt_value *opt_get(const struct opts *o, const char *name)
{
	const struct opt_value *v = opt_value_find(o, name);

	if (!v || !str_eq(v->opt->name, name))
		opt_bug(name, "not declared");
	return v;
}

static const struct opt_value *opt_get_typed(const struct opts *o, const char *name, enum opt_type type)
{
	const struct opt_value *v = opt_get(o, name);

	if (v->opt->type != type)
		opt_bug(name, "of another type");
	return v;
}

bool opts_flag(const struct opts *o, const char *name)
{
	return opt_get_typed(o, name, OPT_FLAG)->number;
}

const char *opts_str(const struct opts *o, const char *name)
{
	const struct opt_value *v = opt_get(o, name);

	if (v->opt->type == OPT_LIST)
		opt_bug(name, "of another type");
	return v->text ? v->text : "";
}

int64_t opts_int(const struct opts *o, const char *name)
{
	return opt_get_typed(o, name, OPT_INT)->number;
}

int64_t opts_mib(const struct opts *o, const char *name)
{
	return opt_get_typed(o, name, OPT_MIB)->number;
}

int opts_duration_ms(const struct opts *o, const char *name)
{
	return (int)opt_get_typed(o, name, OPT_DURATION)->number;
}

const struct list *opts_list(const struct opts *o, const char *name)
{
	return &opt_get_typed(o, name, OPT_LIST)->list;
}

bool opts_given(const struct opts *o, const char *name)
{
	return opt_get(o, name)->source >= OPT_FROM_ENV;
}

bool opts_on_command_line(const struct opts *o, const char *name)
{
	return opt_get(o, name)->source == OPT_FROM_ARGS;
}

static void opt_add_word(struct str *s, const struct opt_value *v, const char *value)
{
	str_addf(s, " --%s", v->opt->name);
	if (v->opt->type == OPT_FLAG && v->number)
		return;
	str_add_char(s, v->opt->type == OPT_FLAG ? '=' : ' ');
	str_add_shell(s, value);
}

void opts_add_words(struct str *s, const struct opts *o, bool (*want)(void *data, const struct opt *opt), void *data)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct opt_value *v = &o->values[i];

		if (v->source != OPT_FROM_ARGS || !want(data, v->opt))
			continue;
		if (v->opt->type != OPT_LIST)
			opt_add_word(s, v, v->text ? v->text : "");
		for (size_t k = 0; k < v->list.n; k++)
			opt_add_word(s, v, v->list.items[k]);
	}
}
