/* SPDX-License-Identifier: Apache-2.0 */
/* Statements over values, by the rules of Go's text/template/exec.go. */
#include "gotext/run.h"
#include "base/mem.h"

struct run {
	struct gotext_eval *eval;
	struct str *out;
	enum {
		RUN_ON,
		RUN_BREAK,
		RUN_CONTINUE
	} flow;
};

static struct err *run_list(struct run *r, struct gotext_value dot, const struct gotext_node *n);

static struct err *run_branch(struct run *r, struct gotext_value dot, const struct gotext_node *n)
{
	size_t variables = r->eval->n_variables;
	struct gotext_value v;
	struct err *e;

	TRY(gotext_eval_pipe(r->eval, dot, n->pipe, &v));
	if (gotext_value_is_true(&v))
		e = run_list(r, n->kind == NODE_WITH ? v : dot, n->body);
	else
		e = run_list(r, dot, n->otherwise);
	r->eval->n_variables = variables;
	return e;
}

/* One turn: the last variable is the element, the one before it the index or key. */
static struct err *run_turn(struct run *r, const struct gotext_node *n, size_t variables, struct gotext_value index,
			    struct gotext_value element)
{
	const struct list *names = &n->pipe->names;

	r->eval->n_variables = variables;
	if (names->n && n->pipe->assigns) {
		TRY(gotext_eval_assign(r->eval, n->pipe, names->items[names->n - 1], element));
		if (names->n > 1)
			TRY(gotext_eval_assign(r->eval, n->pipe, names->items[0], index));
	} else if (names->n) {
		gotext_eval_set(r->eval, names->items[names->n - 1], element);
		if (names->n > 1)
			gotext_eval_set(r->eval, names->items[0], index);
	}
	TRY(gotext_work_step(&r->eval->work, 1));
	TRY(run_list(r, element, n->body));
	if (r->flow == RUN_CONTINUE)
		r->flow = RUN_ON;
	return NULL;
}

static struct err *run_range(struct run *r, struct gotext_value dot, const struct gotext_node *n)
{
	size_t outer = r->eval->n_variables, count = 0;
	struct err *e = NULL;
	struct gotext_value v;

	TRY(gotext_eval_pipe(r->eval, dot, n->pipe, &v));
	if (v.kind > VALUE_NIL && v.kind < VALUE_LIST) {
		auto_str text = STR_INIT;
		gotext_value_print(&text, &v, r->eval->work.typed);
		return gotext_eval_fail(r->eval, n->pipe, "range can't iterate over %s", text.buf);
	}
	r->eval->n_variables = outer;
	auto_free const cJSON **items = v.kind > VALUE_NIL ? json_children(v.node, true, &count) : NULL;
	for (size_t i = 0; i < count && !e && r->flow == RUN_ON; i++)
		e = run_turn(r, n, outer,
			     v.kind == VALUE_MAP ? gotext_value_of_text(json_key(items[i]))
						 : gotext_value_of_int((int64_t)i),
			     gotext_value_from(items[i], r->eval->work.typed));
	if (r->flow == RUN_BREAK)
		r->flow = RUN_ON;
	r->eval->n_variables = outer;
	return count ? e : run_list(r, dot, n->otherwise);
}

static struct err *run_action(struct run *r, struct gotext_value dot, const struct gotext_node *n)
{
	struct gotext_value v;

	TRY(gotext_eval_pipe(r->eval, dot, n->pipe, &v));
	if (n->pipe->names.n)
		return NULL;
	if (v.kind <= VALUE_NIL)
		str_add(r->out, "<no value>");
	else
		gotext_value_print(r->out, &v, r->eval->work.typed);
	return NULL;
}

static struct err *run_list(struct run *r, struct gotext_value dot, const struct gotext_node *n)
{
	for (; n && r->flow == RUN_ON; n = n->next) {
		TRY(gotext_work_step(&r->eval->work, 1));
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

struct err *gotext_run_all(struct gotext_eval *eval, struct str *out)
{
	struct run r = { .eval = eval, .out = out };

	eval->work.out = out;
	gotext_eval_set(eval, "$", eval->root);
	return run_list(&r, eval->root, eval->t->body);
}
