/* SPDX-License-Identifier: Apache-2.0 */
#include "core/survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/engine_check.h"
#include "core/parallel.h"
#include "core/store.h"
#include "engine/version.h"

static void row_release(struct survey_row *r)
{
	machine_free(r->m);
	free(r->name);
	free(r->url);
	free(r->version);
	free(r->error);
}

void survey_release(struct survey *s)
{
	for (size_t i = 0; i < s->n; i++)
		row_release(&s->rows[i]);
	free(s->rows);
	*s = (struct survey){ 0 };
}

void survey_drop(struct survey *s, size_t i)
{
	row_release(&s->rows[i]);
	memmove(&s->rows[i], &s->rows[i + 1], (s->n - i - 1) * sizeof(s->rows[0]));
	s->n--;
}

static void row_fail(struct survey_row *r, struct err *e)
{
	if (e && !r->error)
		r->error = err_text(e);
	err_free(e);
}

/* docker-machine's row of one that does not answer has nothing but this. */
static void row_late(struct survey_row *r)
{
	r->state = STATE_TIMEOUT;
	r->active = false;
	free(r->url);
	r->url = xstrdup("");
}

static struct err *row_ask(void *data, size_t i)
{
	struct survey_row *r = &((struct survey *)data)->rows[i];
	auto_endpoint end = { 0 };
	const char *host = getenv("DOCKER_HOST");
	struct err *e;

	if (!r->m)
		return NULL;
	e = machine_state(r->m, &r->state);
	if (e && e->code == ERR_TIMEOUT) {
		row_late(r);
		err_free(e);
		return NULL;
	}
	if (e) {
		r->state = STATE_ERROR;
		row_fail(r, e);
		return NULL;
	}
	r->error = machine_problem(r->m, r->state);
	if (r->state != STATE_RUNNING || r->error)
		return NULL;
	e = machine_endpoint(r->m, &end);
	row_fail(r, e);
	if (!e && end.url) {
		free(r->url);
		r->url = TAKE(end.url);
		r->active = host && *r->url && str_eq(host, r->url);
	}
	return NULL;
}

struct err *survey_machines(const struct core *c, int timeout_ms, struct survey *ret)
{
	auto_list names = { 0 };

	TRY(store_list(c, &names));
	ret->rows = xcalloc(names.n ? names.n : 1, sizeof(*ret->rows));
	ret->n = names.n;
	for (size_t i = 0; i < names.n; i++) {
		struct survey_row *r = &ret->rows[i];
		struct err *e;

		r->name = xstrdup(names.items[i]);
		r->url = xstrdup("");
		e = machine_open(c, names.items[i], &r->m);
		if (e)
			r->state = STATE_ERROR;
		else
			r->m->env.patience_ms = timeout_ms;
		row_fail(r, e);
	}
	return parallel_run(ret->n, row_ask, ret);
}

static void row_take_answer(struct survey_row *r, struct http_request *q)
{
	r->took_us = q->took_us;
	r->version = engine_version_of(q);
	if (q->err && q->err->code == ERR_TIMEOUT) {
		row_late(r);
		return;
	}
	if (q->err && q->err->code == ERR_NETWORK)
		q->err = err_wrap(q->err, "Cannot connect to the docker engine endpoint");
	if (q->err)
		row_fail(r, err_wrap(TAKE(q->err), "Unable to query docker version"));
	else if (!r->version)
		row_fail(r, err_new(ERR_FAILED, "Unable to query docker version: status %d", q->status));
}

struct err *survey_engines(struct survey *s, int timeout_ms)
{
	auto_free struct http_request *requests = xcalloc(s->n ? s->n : 1, sizeof(*requests));
	auto_free struct engine *own = xcalloc(s->n ? s->n : 1, sizeof(*own));
	struct err *e = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct survey_row *r = &s->rows[i];
		struct err *bad;

		if (!*r->url)
			continue;
		bad = engine_check_open(r->m, r->url, &own[n]);
		if (!bad) {
			engine_fill(&own[n], "/version", &requests[n]);
			requests[n++].data = r;
		}
		row_fail(r, err_wrap(bad, "Unable to query docker version"));
	}
	if (n)
		e = http_ask_all(requests, n, timeout_ms);
	for (size_t i = 0; i < n; i++) {
		if (!e)
			row_take_answer(requests[i].data, &requests[i]);
		http_release(&requests[i]);
		engine_close(&own[i]);
	}
	return e;
}
