/* SPDX-License-Identifier: Apache-2.0 */
/* Running a template over a value, by the rules of Go's text/template/exec.go. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gotext/internal.h"

#define RUN_MAX_ARGS 64

static struct err *run_list(struct run *r, struct value dot, const struct node *n);
static struct err *run_pipe(struct run *r, struct value dot, const struct node *pipe, struct value *ret);

/* Go's ErrorContext: line, bytes before it in the line, and the node as text, cut at 20. */
static struct err *run_fail(const struct run *r, const struct node *n, const char *fmt, ...) PRINTF_LIKE(3, 4);
static struct err *run_fail(const struct run *r, const struct node *n, const char *fmt, ...)
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
	node_add_text(&text, n);
	return err_new(ERR_FAILED, "template: :%zu:%zu: executing \"\" at <%.20s%s>: %s", line, n->at - begin, text.buf,
		       text.len > 20 ? "..." : "", what);
}

struct err *run_step(struct run *r, size_t n)
{
	r->steps += n > TEMPLATE_MAX_STEPS ? TEMPLATE_MAX_STEPS : (int)n;
	if (r->steps > TEMPLATE_MAX_STEPS || r->out->len > TEMPLATE_MAX_OUTPUT)
		return err_new(ERR_FAILED, "template: it prints or works too much");
	return NULL;
}

struct err *run_keep(struct run *r, char *text, struct value *ret)
{
	list_take(&r->made, text);
	*ret = value_of_text(text);
	r->memory += strlen(text);
	if (r->memory > TEMPLATE_MAX_MEMORY)
		return err_new(ERR_FAILED, "it makes too much text");
	return run_step(r, 1);
}

static void run_set(struct run *r, const char *name, struct value v)
{
	if (r->n_variables == r->cap_variables) {
		r->cap_variables = r->cap_variables ? r->cap_variables * 2 : 8;
		r->variables = xrealloc(r->variables, r->cap_variables * sizeof(*r->variables));
	}
	r->variables[r->n_variables++] = (struct variable){ name, v };
}

static struct variable *run_variable(struct run *r, const char *name)
{
	for (size_t i = r->n_variables; i-- > 0;)
		if (str_eq(r->variables[i].name, name))
			return &r->variables[i];
	return NULL;
}

/* "=" to a variable that nobody declared parses in Go, too. */
static struct err *run_assign(struct run *r, const struct node *n, const char *name, struct value v)
{
	struct variable *variable = run_variable(r, name);

	if (!variable)
		return run_fail(r, n, "undefined variable: %s", name);
	variable->value = v;
	return NULL;
}

static struct err *run_get(struct run *r, const struct node *n, struct value *ret)
{
	const struct variable *variable = run_variable(r, n->names.items[0]);

	if (!variable)
		return run_fail(r, n, "undefined variable: %s", n->names.items[0]);
	*ret = variable->value;
	return NULL;
}

/* One field of a value. Only the value that the template runs over is a struct, whose fields are known. */
static struct err *run_field(struct run *r, const struct node *n, const struct value *v, const char *name,
			     struct value *ret)
{
	TRY(run_step(r, 1));
	if (v->kind == VALUE_NONE) {
		*ret = *v;
		return NULL;
	}
	if (v->kind == VALUE_NIL)
		return run_fail(r, n, "nil pointer evaluating interface {}.%s", name);
	if (v->kind != VALUE_MAP)
		return run_fail(r, n, "can't evaluate field %s in type interface {}", name);
	for (const cJSON *c = json_first(v->node); c; c = json_next(c)) {
		if (str_eq(json_key(c), name)) {
			*ret = value_from(c, r->typed);
			return NULL;
		}
	}
	if (r->rules->type_name && v->node == r->root.node)
		return run_fail(r, n, "can't evaluate field %s in type %s", name, r->rules->type_name);
	*ret = (struct value){ .kind = VALUE_NONE };
	return NULL;
}

static struct err *run_fields(struct run *r, const struct node *n, size_t first, struct value *v)
{
	for (size_t i = first; i < n->names.n; i++)
		TRY(run_field(r, n, v, n->names.items[i], v));
	return NULL;
}

static struct err *run_operand(struct run *r, struct value dot, const struct node *n, struct value *ret);

static struct err *run_value(struct run *r, struct value dot, const struct node *n, struct value *ret)
{
	switch (n->kind) {
	case NODE_DOT:
		*ret = dot;
		return NULL;
	case NODE_NIL:
		*ret = (struct value){ .kind = VALUE_NIL };
		return NULL;
	case NODE_BOOL:
		*ret = value_of_bool(n->truth);
		return NULL;
	case NODE_INT:
		*ret = value_of_int(n->whole);
		return NULL;
	case NODE_FLOAT:
		*ret = (struct value){ .kind = VALUE_FLOAT, .real = n->real };
		return NULL;
	case NODE_STRING:
		*ret = value_of_text(n->text);
		return NULL;
	case NODE_FIELD:
		*ret = dot;
		return run_fields(r, n, 0, ret);
	case NODE_VARIABLE:
		TRY(run_get(r, n, ret));
		return run_fields(r, n, 1, ret);
	case NODE_CHAIN:
		TRY(run_operand(r, dot, n->child, ret));
		return run_fields(r, n, 0, ret);
	default:
		return run_pipe(r, dot, n, ret);
	}
}

/* and, or: their arguments are evaluated one by one, up to the one that decides. */
static struct err *run_logic(struct run *r, struct value dot, const struct node *word, const struct value *last,
			     struct value *ret)
{
	bool stop_at = str_eq(word->text, "or");

	for (const struct node *a = word->next; a; a = a->next) {
		TRY(run_operand(r, dot, a, ret));
		if (value_is_true(ret) == stop_at)
			return NULL;
	}
	if (last)
		*ret = *last;
	return NULL;
}

static struct err *run_count(struct run *r, const struct node *word, const struct function *f, int n)
{
	if (f->most < 0 && n < f->least)
		return run_fail(r, word, "wrong number of args for %s: want at least %d got %d", f->name, f->least, n);
	if (f->most >= 0 && (n < f->least || n > f->most))
		return run_fail(r, word, "wrong number of args for %s: want %d got %d", f->name, f->most, n);
	return NULL;
}

/*
 * word: the function. command: where it stands first and its arguments follow it, NULL when it is an operand itself.
 * last: what the pipeline brings, NULL for its first command.
 */
static struct err *run_call(struct run *r, struct value dot, const struct node *word, const struct node *command,
			    const struct value *last, struct value *ret)
{
	const struct function *f = function_find(word->text);
	struct value args[RUN_MAX_ARGS];
	int n = 0;
	struct err *e;

	for (const struct node *a = command ? word->next : NULL; a; a = a->next)
		if (++n >= RUN_MAX_ARGS)
			return run_fail(r, word, "more than %d arguments", RUN_MAX_ARGS - 1);
	TRY(run_count(r, word, f, n + (last != NULL)));
	if (!f->call)
		return run_logic(r, dot, word, last, ret);
	n = 0;
	for (const struct node *a = command ? word->next : NULL; a; a = a->next)
		TRY(run_operand(r, dot, a, &args[n++]));
	if (last)
		args[n++] = *last;
	e = f->call(r, args, (size_t)n, ret);
	if (e) {
		auto_free char *why = err_text(e);
		err_free(e);
		return run_fail(r, command ? command : word, "error calling %s: %s", f->name, why);
	}
	return NULL;
}

static struct err *run_operand(struct run *r, struct value dot, const struct node *n, struct value *ret)
{
	TRY(run_step(r, 1));
	return n->kind == NODE_WORD ? run_call(r, dot, n, NULL, NULL, ret) : run_value(r, dot, n, ret);
}

static struct err *run_command(struct run *r, struct value dot, const struct node *command, const struct value *last,
			       struct value *ret)
{
	const struct node *first = command->child;

	TRY(run_step(r, 1));
	if (first->kind == NODE_WORD)
		return run_call(r, dot, first, command, last, ret);
	if (first->next || last) {
		auto_str text = STR_INIT;
		node_add_text(&text, first);
		if (first->kind == NODE_FIELD || first->kind == NODE_CHAIN)
			return run_fail(r, first, "%s has arguments but cannot be invoked as function",
					first->names.items[first->names.n - 1]);
		return run_fail(r, first, "can't give argument to non-function %s", text.buf);
	}
	if (first->kind == NODE_NIL)
		return run_fail(r, first, "nil is not a command");
	return run_value(r, dot, first, ret);
}

static struct err *run_pipe(struct run *r, struct value dot, const struct node *pipe, struct value *ret)
{
	struct value v = { .kind = VALUE_NONE };

	for (const struct node *c = pipe->child; c; c = c->next) {
		struct value before = v;
		TRY(run_command(r, dot, c, c == pipe->child ? NULL : &before, &v));
	}
	for (size_t i = 0; i < pipe->names.n; i++) {
		if (pipe->assigns)
			TRY(run_assign(r, pipe, pipe->names.items[i], v));
		else
			run_set(r, pipe->names.items[i], v);
	}
	*ret = v;
	return NULL;
}

static struct err *run_branch(struct run *r, struct value dot, const struct node *n)
{
	size_t variables = r->n_variables;
	struct value v;
	struct err *e;

	TRY(run_pipe(r, dot, n->pipe, &v));
	if (value_is_true(&v))
		e = run_list(r, n->kind == NODE_WITH ? v : dot, n->body);
	else
		e = run_list(r, dot, n->otherwise);
	r->n_variables = variables;
	return e;
}

/* One turn: the last variable is the element, the one before it the index or key. */
static struct err *run_turn(struct run *r, const struct node *n, size_t variables, struct value index,
			    struct value element)
{
	const struct list *names = &n->pipe->names;

	r->n_variables = variables;
	if (names->n && n->pipe->assigns) {
		TRY(run_assign(r, n->pipe, names->items[names->n - 1], element));
		if (names->n > 1)
			TRY(run_assign(r, n->pipe, names->items[0], index));
	} else if (names->n) {
		run_set(r, names->items[names->n - 1], element);
		if (names->n > 1)
			run_set(r, names->items[0], index);
	}
	TRY(run_step(r, 1));
	TRY(run_list(r, element, n->body));
	if (r->flow == RUN_CONTINUE)
		r->flow = RUN_ON;
	return NULL;
}

static struct err *run_range(struct run *r, struct value dot, const struct node *n)
{
	size_t outer = r->n_variables, count = 0;
	struct err *e = NULL;
	struct value v;

	TRY(run_pipe(r, dot, n->pipe, &v));
	if (v.kind > VALUE_NIL && v.kind < VALUE_LIST) {
		auto_str text = STR_INIT;
		value_print(&text, &v, r->typed);
		return run_fail(r, n->pipe, "range can't iterate over %s", text.buf);
	}
	r->n_variables = outer;
	auto_free const cJSON **items = v.kind > VALUE_NIL ? json_children(v.node, true, &count) : NULL;
	for (size_t i = 0; i < count && !e && r->flow == RUN_ON; i++)
		e = run_turn(r, n, outer,
			     v.kind == VALUE_MAP ? value_of_text(json_key(items[i])) : value_of_int((int64_t)i),
			     value_from(items[i], r->typed));
	if (r->flow == RUN_BREAK)
		r->flow = RUN_ON;
	r->n_variables = outer;
	return count ? e : run_list(r, dot, n->otherwise);
}

static struct err *run_action(struct run *r, struct value dot, const struct node *n)
{
	struct value v;

	TRY(run_pipe(r, dot, n->pipe, &v));
	if (n->pipe->names.n)
		return NULL;
	if (v.kind <= VALUE_NIL)
		str_add(r->out, "<no value>");
	else
		value_print(r->out, &v, r->typed);
	return NULL;
}

static struct err *run_list(struct run *r, struct value dot, const struct node *n)
{
	for (; n && r->flow == RUN_ON; n = n->next) {
		TRY(run_step(r, 1));
		switch (n->kind) {
		case NODE_TEXT:
			str_add(r->out, n->text);
			break;
		case NODE_ACTION:
			TRY(run_action(r, dot, n));
			break;
		case NODE_RANGE:
			TRY(run_range(r, dot, n));
			break;
		case NODE_BREAK:
			r->flow = RUN_BREAK;
			break;
		case NODE_CONTINUE:
			r->flow = RUN_CONTINUE;
			break;
		default:
			TRY(run_branch(r, dot, n));
		}
	}
	return NULL;
}

struct err *template_run(const struct template *t, const cJSON *value, const struct template_rules *rules,
			 struct str *ret)
{
	auto_str out = STR_INIT;
	struct run r = { .t = t, .rules = rules, .typed = rules->type_name != NULL, .out = &out };
	struct err *e;

	if (t->json_line && !rules->json_functions)
		return err_new(ERR_FAILED, "template: :%d: function \"%s\" not defined", t->json_line, t->json_name);
	r.root = value_from(value, r.typed);
	run_set(&r, "$", r.root);
	e = run_list(&r, r.root, t->body);
	/* What was printed before a failure is printed, as Go does. */
	str_add(ret, out.buf);
	free(r.variables);
	list_release(&r.made);
	json_freep(&r.made_nodes);
	return e;
}
