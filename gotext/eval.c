/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions over values, by the rules of Go's text/template/exec.go. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gotext/eval.h"
#include "gotext/func.h"

#define EVAL_MAX_ARGS 64

void gotext_eval_release(struct gotext_eval *r)
{
	gotext_work_release(&r->work);
	free(r->variables);
}

/* Go's ErrorContext: line, bytes before it in the line, and the node as text, cut at 20. */
struct err *gotext_eval_fail(const struct gotext_eval *r, const struct gotext_node *n, const char *fmt, ...)
{
	auto_str text = STR_INIT;
	size_t line = 1, begin = 0;
	va_list args;

	va_start(args, fmt);
	auto_free char *what = xvasprintf(fmt, args);
	va_end(args);
	for (size_t i = 0; i < n->at; i++) {
		if (r->t->text[i] != '\n')
			continue;
		line++;
		begin = i + 1;
	}
	gotext_node_add_text(&text, n);
	return err_new(ERR_FAILED, "template: :%zu:%zu: executing \"\" at <%.20s%s>: %s", line, n->at - begin, text.buf,
		       text.len > 20 ? "..." : "", what);
}

void gotext_eval_set(struct gotext_eval *r, const char *name, struct gotext_value v)
{
	if (r->n_variables == r->cap_variables) {
		r->cap_variables = r->cap_variables ? r->cap_variables * 2 : 8;
		r->variables = xrealloc(r->variables, r->cap_variables * sizeof(*r->variables));
	}
	r->variables[r->n_variables++] = (struct gotext_variable){ name, v };
}

static struct gotext_variable *eval_variable(struct gotext_eval *r, const char *name)
{
	for (size_t i = r->n_variables; i-- > 0;)
		if (str_eq(r->variables[i].name, name))
			return &r->variables[i];
	return NULL;
}

/* "=" to a variable that nobody declared parses in Go, too. */
struct err *gotext_eval_assign(struct gotext_eval *r, const struct gotext_node *n, const char *name,
			       struct gotext_value v)
{
	struct gotext_variable *variable = eval_variable(r, name);

	if (!variable)
		return gotext_eval_fail(r, n, "undefined variable: %s", name);
	variable->value = v;
	return NULL;
}

static struct err *eval_get(struct gotext_eval *r, const struct gotext_node *n, struct gotext_value *ret)
{
	const struct gotext_variable *variable = eval_variable(r, n->names.items[0]);

	if (!variable)
		return gotext_eval_fail(r, n, "undefined variable: %s", n->names.items[0]);
	*ret = variable->value;
	return NULL;
}

/* One field of a value. Only the value that the template runs over is a struct, whose fields are known. */
static struct err *eval_field(struct gotext_eval *r, const struct gotext_node *n, const struct gotext_value *v,
			      const char *name, struct gotext_value *ret)
{
	TRY(gotext_work_step(&r->work, 1));
	if (v->kind == VALUE_NONE) {
		*ret = *v;
		return NULL;
	}
	if (v->kind == VALUE_NIL)
		return gotext_eval_fail(r, n, "nil pointer evaluating interface {}.%s", name);
	if (v->kind != VALUE_MAP)
		return gotext_eval_fail(r, n, "can't evaluate field %s in type interface {}", name);
	for (const cJSON *c = json_first(v->node); c; c = json_next(c)) {
		if (str_eq(json_key(c), name)) {
			*ret = gotext_value_from(c, r->work.typed);
			return NULL;
		}
	}
	if (r->rules->type_name && v->node == r->root.node)
		return gotext_eval_fail(r, n, "can't evaluate field %s in type %s", name, r->rules->type_name);
	*ret = (struct gotext_value){ .kind = VALUE_NONE };
	return NULL;
}

static struct err *eval_fields(struct gotext_eval *r, const struct gotext_node *n, size_t first, struct gotext_value *v)
{
	for (size_t i = first; i < n->names.n; i++)
		TRY(eval_field(r, n, v, n->names.items[i], v));
	return NULL;
}

static struct err *eval_operand(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *n,
				struct gotext_value *ret);

static struct err *eval_value(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *n,
			      struct gotext_value *ret)
{
	switch (n->kind) {
	case NODE_DOT:
		*ret = dot;
		return NULL;
	case NODE_NIL:
		*ret = (struct gotext_value){ .kind = VALUE_NIL };
		return NULL;
	case NODE_BOOL:
		*ret = gotext_value_of_bool(n->truth);
		return NULL;
	case NODE_INT:
		*ret = gotext_value_of_int(n->whole);
		return NULL;
	case NODE_FLOAT:
		*ret = (struct gotext_value){ .kind = VALUE_FLOAT, .real = n->real };
		return NULL;
	case NODE_STRING:
		*ret = gotext_value_of_text(n->text);
		return NULL;
	case NODE_FIELD:
		*ret = dot;
		return eval_fields(r, n, 0, ret);
	case NODE_VARIABLE:
		TRY(eval_get(r, n, ret));
		return eval_fields(r, n, 1, ret);
	case NODE_CHAIN:
		TRY(eval_operand(r, dot, n->child, ret));
		return eval_fields(r, n, 0, ret);
	default:
		return gotext_eval_pipe(r, dot, n, ret);
	}
}

/* and, or: their arguments are evaluated one by one, up to the one that decides. */
static struct err *eval_logic(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *word,
			      const struct gotext_value *last, struct gotext_value *ret)
{
	bool stop_at = str_eq(word->text, "or");

	for (const struct gotext_node *a = word->next; a; a = a->next) {
		TRY(eval_operand(r, dot, a, ret));
		if (gotext_value_is_true(ret) == stop_at)
			return NULL;
	}
	if (last)
		*ret = *last;
	return NULL;
}

static struct err *eval_count(struct gotext_eval *r, const struct gotext_node *word, const struct gotext_function *f,
			      int n)
{
	if (f->most < 0 && n < f->least)
		return gotext_eval_fail(r, word, "wrong number of args for %s: want at least %d got %d", f->name,
					f->least, n);
	if (f->most >= 0 && (n < f->least || n > f->most))
		return gotext_eval_fail(r, word, "wrong number of args for %s: want %d got %d", f->name, f->most, n);
	return NULL;
}

/*
 * word: the function. command: where it stands first and its arguments follow it, NULL when it is an operand itself.
 * last: what the pipeline brings, NULL for its first command.
 */
static struct err *eval_call(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *word,
			     const struct gotext_node *command, const struct gotext_value *last,
			     struct gotext_value *ret)
{
	const struct gotext_function *f = gotext_func_find(word->text);
	struct gotext_value args[EVAL_MAX_ARGS];
	int n = 0;
	struct err *e;

	for (const struct gotext_node *a = command ? word->next : NULL; a; a = a->next)
		if (++n >= EVAL_MAX_ARGS)
			return gotext_eval_fail(r, word, "more than %d arguments", EVAL_MAX_ARGS - 1);
	TRY(eval_count(r, word, f, n + (last != NULL)));
	if (!f->call)
		return eval_logic(r, dot, word, last, ret);
	n = 0;
	for (const struct gotext_node *a = command ? word->next : NULL; a; a = a->next)
		TRY(eval_operand(r, dot, a, &args[n++]));
	if (last)
		args[n++] = *last;
	e = f->call(&r->work, args, (size_t)n, ret);
	if (e) {
		auto_free char *why = err_text(e);
		err_free(e);
		return gotext_eval_fail(r, command ? command : word, "error calling %s: %s", f->name, why);
	}
	return NULL;
}

static struct err *eval_operand(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *n,
				struct gotext_value *ret)
{
	TRY(gotext_work_step(&r->work, 1));
	return n->kind == NODE_WORD ? eval_call(r, dot, n, NULL, NULL, ret) : eval_value(r, dot, n, ret);
}

static struct err *eval_command(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *command,
				const struct gotext_value *last, struct gotext_value *ret)
{
	const struct gotext_node *first = command->child;

	TRY(gotext_work_step(&r->work, 1));
	if (first->kind == NODE_WORD)
		return eval_call(r, dot, first, command, last, ret);
	if (first->next || last) {
		auto_str text = STR_INIT;
		gotext_node_add_text(&text, first);
		if (first->kind == NODE_FIELD || first->kind == NODE_CHAIN)
			return gotext_eval_fail(r, first, "%s has arguments but cannot be invoked as function",
						first->names.items[first->names.n - 1]);
		return gotext_eval_fail(r, first, "can't give argument to non-function %s", text.buf);
	}
	if (first->kind == NODE_NIL)
		return gotext_eval_fail(r, first, "nil is not a command");
	return eval_value(r, dot, first, ret);
}

struct err *gotext_eval_pipe(struct gotext_eval *r, struct gotext_value dot, const struct gotext_node *pipe,
			     struct gotext_value *ret)
{
	struct gotext_value v = { .kind = VALUE_NONE };

	for (const struct gotext_node *c = pipe->child; c; c = c->next) {
		struct gotext_value before = v;
		TRY(eval_command(r, dot, c, c == pipe->child ? NULL : &before, &v));
	}
	for (size_t i = 0; i < pipe->names.n; i++) {
		if (pipe->assigns)
			TRY(gotext_eval_assign(r, pipe, pipe->names.items[i], v));
		else
			gotext_eval_set(r, pipe->names.items[i], v);
	}
	*ret = v;
	return NULL;
}
