/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opt_value.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

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

struct opt_value *opt_value_find(const struct opts *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_eq(o->values[i].opt->name, name))
			return &o->values[i];
	for (size_t i = 0; i < o->n; i++)
		if (o->values[i].opt->letter && str_eq(o->values[i].opt->letter, name))
			return &o->values[i];
	return NULL;
}

void opt_values_init(struct opts *o)
{
	size_t n = 0;

	for (const struct opt *const *table = o->tables; *table; table++)
		for (const struct opt *opt = *table; opt->name; opt++)
			n++;
	o->values = xcalloc(n, sizeof(*o->values));
	for (const struct opt *const *table = o->tables; *table; table++)
		for (const struct opt *opt = *table; opt->name; opt++)
			if (!opt_value_find(o, opt->name))
				o->values[o->n++].opt = opt;
}

struct err *opt_bool(const char *text, bool *ret)
{
	static const char *const words[2][6] = {
		{ "0", "f", "F", "false", "FALSE", "False" },
		{ "1", "t", "T", "true", "TRUE", "True" },
	};

	for (int value = 0; value < 2; value++)
		for (size_t i = 0; i < ARRAY_SIZE(words[value]); i++)
			if (str_eq(text, words[value][i])) {
				*ret = value;
				return NULL;
			}
	return err_new(ERR_USAGE, "'%s' is neither true nor false", text);
}

static struct err *opt_number(enum opt_type type, const char *text, int64_t *ret)
{
	bool on;
	int ms;

	switch (type) {
	case OPT_FLAG:
		TRY(opt_bool(text, &on));
		*ret = on;
		return NULL;
	case OPT_INT:
		return num_int(text, INT64_MIN, INT64_MAX, ret);
	case OPT_MIB:
		return num_mib(text, ret);
	case OPT_DURATION:
		TRY(num_duration_ms(text, &ms));
		*ret = ms;
		return NULL;
	default:
		return NULL;
	}
}

struct err *opt_value_set(struct opt_value *v, const char *text)
{
	TRY(opt_number(v->opt->type, text, &v->number));
	if (v->opt->type == OPT_LIST) {
		list_add(&v->list, text);
		return NULL;
	}
	free(v->text);
	v->text = xstrdup(text);
	return NULL;
}

static void opt_set_list(struct opt_value *v, const char *text)
{
	auto_list parts = { 0 };

	list_split(&parts, text, ',', false);
	for (size_t i = 0; i < parts.n; i++) {
		auto_str part = STR_INIT;

		str_add(&part, parts.items[i] + strspn(parts.items[i], " \t\r\n"));
		str_trim_end(&part);
		list_add(&v->list, part.buf);
	}
}

/* The first of the variables that has a value. */
static const char *opt_from_env(const struct opt *opt, const char **ret_name, struct list *names)
{
	list_split(names, opt->env ? opt->env : "", ',', true);
	for (size_t i = 0; i < names->n; i++) {
		const char *value = getenv(names->items[i]);

		if (value && *value) {
			*ret_name = names->items[i];
			return value;
		}
	}
	return NULL;
}

static void opt_fill_env(struct opt_value *v)
{
	auto_list names = { 0 };
	const char *name = NULL, *text = opt_from_env(v->opt, &name, &names);

	if (!text)
		return;
	if (v->opt->type == OPT_LIST) {
		opt_set_list(v, text);
	} else {
		struct err *err = opt_value_set(v, text);

		if (err && (v->opt->type == OPT_FLAG || v->opt->type == OPT_INT)) {
			log_debug("%s is passed over: %s", name, err->msg);
			err_free(err);
			return;
		}
		v->bad_variable = err_wrap(err, "invalid value of %s for --%s", name, v->opt->name);
		if (err)
			return;
	}
	v->source = OPT_FROM_ENV;
}

struct err *opt_values_fill(struct opts *o)
{
	for (size_t i = 0; i < o->n; i++) {
		struct opt_value *v = &o->values[i];

		if (v->source == OPT_FROM_NOWHERE)
			opt_fill_env(v);
		if (v->source != OPT_FROM_NOWHERE || !v->opt->fallback)
			continue;
		v->source = OPT_FROM_FALLBACK;
		if (v->opt->type == OPT_LIST)
			opt_set_list(v, v->opt->fallback);
		else
			TRY(opt_value_set(v, v->opt->fallback));
	}
	return NULL;
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
