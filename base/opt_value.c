/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opt_value.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

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

static struct err *opt_number(enum opt_type type, const char *text, int64_t *ret)
{
	bool on;
	int ms;

	switch (type) {
	case OPT_FLAG:
		TRY(num_bool(text, &on));
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
