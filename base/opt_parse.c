/* SPDX-License-Identifier: Apache-2.0 */
#include "base/opt_parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/opt_value.h"

static bool opt_is_option(const char *arg)
{
	/* A dash alone stands for standard input, it is an argument. */
	return arg[0] == '-' && arg[1];
}

static struct err *opt_invalid(const char *what, const char *value, const char *name)
{
	return err_new(ERR_USAGE, "invalid %s \"%s\" for %s-%s: parse error", what, value,
		       str_eq(what, "value") ? "flag " : "", name);
}

/* Store the value that one option has on the command line; name is the form that was used. */
static struct err *opt_take(struct opt_value *v, const char *name, const char *value)
{
	struct err *why = opt_value_set(v, value);

	if (str_eq(name, v->opt->name))
		v->long_used = true;
	else
		v->letter_used = true;
	v->source = OPT_FROM_ARGS;
	if (!why)
		return NULL;

	struct err *err = opt_invalid(v->opt->type == OPT_FLAG ? "boolean value" : "value", value, name);
	const char *hint = err_hint_of(why);

	if (hint)
		err = err_hint(err, "%s", hint);
	err_free(why);
	return err;
}

/* The arguments that are still to be read. */
struct opt_reader {
	char *const *argv;
	int at, end;
};

static struct err *opt_parse_one(struct opts *o, struct opt_reader *r)
{
	const char *arg = r->argv[r->at++];
	const char *start = arg + (arg[1] == '-' ? 2 : 1);
	const char *equals = strchr(start, '=');

	if (!*start || *start == '-' || *start == '=')
		return err_new(ERR_USAGE, "bad flag syntax: %s", arg);

	auto_free char *name = equals ? xstrndup(start, (size_t)(equals - start)) : xstrdup(start);
	struct opt_value *v = opt_value_find(o, name);

	if (!v && (str_eq(name, "help") || str_eq(name, "h")))
		return err_new(ERR_HELP, "help requested");
	if (!v)
		return err_new(ERR_USAGE, "flag provided but not defined: -%s", name);
	if (equals)
		return opt_take(v, name, equals + 1);
	if (v->opt->type == OPT_FLAG)
		return opt_take(v, name, "true");
	if (r->at >= r->end)
		return err_new(ERR_USAGE, "flag needs an argument: -%s", name);
	return opt_take(v, name, r->argv[r->at++]);
}

static void opt_add_args(struct opts *o, char *const *argv, int from, int to)
{
	for (int i = from; i < to; i++)
		list_add(&o->args, argv[i]);
}

/* Options up to the first argument; the rest is left alone. */
static struct err *opt_parse_head(struct opts *o, int argc, char *const *argv)
{
	struct opt_reader r = { argv, 0, argc };

	while (r.at < r.end && opt_is_option(argv[r.at])) {
		if (str_eq(argv[r.at], "--")) {
			r.at++;
			break;
		}
		TRY(opt_parse_one(o, &r));
	}
	opt_add_args(o, argv, r.at, argc);
	return NULL;
}

/* Options everywhere before "--"; the arguments before the first of them go behind those that follow it. */
static struct err *opt_parse_mixed(struct opts *o, int argc, char *const *argv)
{
	int first = 0, end = 0;

	while (end < argc && !str_eq(argv[end], "--"))
		end++;
	while (first < end && !opt_is_option(argv[first]))
		first++;

	struct opt_reader r = { argv, first, end };

	while (r.at < r.end) {
		if (opt_is_option(argv[r.at]))
			TRY(opt_parse_one(o, &r));
		else
			list_add(&o->args, argv[r.at++]);
	}
	opt_add_args(o, argv, 0, first);
	opt_add_args(o, argv, end + 1, argc);
	return NULL;
}

struct err *opts_parse(struct opts *ret, const struct opt *const *tables, int argc, char *const *argv, bool raw_tail)
{
	*ret = (struct opts){ .tables = tables };
	opt_values_init(ret);
	struct err *e = raw_tail ? opt_parse_head(ret, argc, argv) : opt_parse_mixed(ret, argc, argv);

	if (e) {
		/* How the error is told may depend on what was read before it. */
		IGNORE(opt_values_fill(ret));
		return e;
	}
	for (size_t i = 0; i < ret->n; i++) {
		const struct opt_value *v = &ret->values[i];

		if (v->long_used && v->letter_used)
			return err_new(ERR_USAGE, "Cannot use two forms of the same flag: %s %s", v->opt->letter,
				       v->opt->name);
	}
	return opt_values_fill(ret);
}
