/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

#define PARALLEL_MAX 32

struct parallel {
	size_t n;
	atomic_size_t next;
	struct err *(*fn)(void *data, size_t i);
	void *data;
	struct err **errors;
};

static void *parallel_worker(void *arg)
{
	struct parallel *p = arg;
	size_t i;

	while ((i = atomic_fetch_add(&p->next, 1)) < p->n)
		p->errors[i] = p->fn(p->data, i);
	return NULL;
}

struct err *errors_join(struct err **errors, size_t n)
{
	struct err *first = NULL;
	size_t failed = 0;
	auto_str text = STR_INIT;
	struct err *all;

	for (size_t i = 0; i < n; i++) {
		auto_free char *one = errors[i] ? err_text(errors[i]) : NULL;
		if (!one)
			continue;
		first = first ? first : errors[i];
		str_addf(&text, "%s%s", failed++ ? "\n" : "", one);
	}
	if (!failed)
		return NULL;
	all = failed == 1 ? first : err_status(err_lines(first->code, str_detach(&text)), first->status);
	if (failed > 1 && err_hint_of(first))
		all = err_hint(all, "%s", err_hint_of(first));
	for (size_t i = 0; i < n; i++)
		if (errors[i] != all)
			err_free(errors[i]);
	return all;
}

struct err *parallel_run(size_t n, struct err *(*fn)(void *data, size_t i), void *data)
{
	struct parallel p = { .n = n, .fn = fn, .data = data };
	pthread_t threads[PARALLEL_MAX];
	size_t started = 0;
	auto_free struct err **errors = xcalloc(n ? n : 1, sizeof(*errors));

	p.errors = errors;
	/* This thread works too, so that one machine needs no other and a refused thread does no harm. */
	while (started + 1 < n && started + 1 < PARALLEL_MAX &&
	       pthread_create(&threads[started], NULL, parallel_worker, &p) == 0)
		started++;
	parallel_worker(&p);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return errors_join(errors, n);
}
