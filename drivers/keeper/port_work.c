/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/port_work.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/link/text.h"

#define LIST_MS 200
#define SLICE_MS 500 /* of work without a look at anything else */
#define HEAL_MS 2000
#define HEAL_MAX_MS 30000
#define PROBLEM_MAX 400

static const struct deadline never = { INT64_MAX };

void port_work_begin(struct port_work *w)
{
	w->list_at = deadline_in(0);
	w->heal_at = never;
	w->heal_ms = HEAL_MS;
}

void port_work_release(struct port_work *w)
{
	cJSON_Delete(w->waiting);
	w->waiting = NULL;
	ports_release(&w->ports);
}

static void work_take_list(struct port_work *w, const cJSON *list)
{
	ports_want(&w->ports, list);
	w->heal_ms = HEAL_MS;
	w->heal_at = never;
	w->dirty = true;
}

void port_work_want(struct port_work *w, const cJSON *list)
{
	cJSON_Delete(TAKE(w->waiting));
	if (list && !deadline_passed(w->list_at)) {
		w->waiting = cJSON_Duplicate(list, true);
		return;
	}
	work_take_list(w, list);
	w->list_at = deadline_in(list ? LIST_MS : 0);
}

void port_work_on(struct port_work *w, bool on)
{
	w->on = on;
	w->dirty = true;
}

void port_work_forget(struct port_work *w)
{
	for (size_t i = 0; i < w->ports.n; i++)
		ports_lost(&w->ports.list[i]);
	w->dirty = true;
}

static int work_busy(const struct port_work *w)
{
	int n = 0;

	for (size_t i = 0; i < w->ports.n; i++)
		n += w->ports.list[i].state == PORT_ADDING || w->ports.list[i].state == PORT_REMOVING;
	return n;
}

static void work_refused(struct port_work *w, struct port *p, enum loopback_bind why)
{
	auto_free char *problem = ports_refusal(p, w->address, why);

	ports_stuck(p, true, problem);
	if (p->told || !w->warn)
		return;
	p->told = true;
	auto_free char *text = xasprintf("published port %d/%s does not answer: %s", p->number, p->proto, problem);
	w->warn(w->warn_data, text);
}

static void work_add(struct port_work *w, struct port *p)
{
	if (w->settle ? w->settle(w->data, p) : ports_is_own(p))
		return;
	/* Hardly anybody who carries says why it cannot. */
	enum loopback_bind can = loopback_bind_test(p->proto, w->address, p->number, true);
	if (can != LOOPBACK_FREE) {
		work_refused(w, p, can);
		return;
	}
	p->state = PORT_ADDING;
	w->carry(w->data, p, true);
}

static void work_end(struct port_work *w, struct port *p)
{
	p->state = PORT_REMOVING;
	w->carry(w->data, p, false);
}

static void work_do(struct port_work *w)
{
	struct deadline slice = deadline_in(SLICE_MS);
	struct port *p;

	w->dirty = false;
	while ((w->most == 0 || work_busy(w) < w->most) && (p = ports_next(&w->ports))) {
		if (p->wanted)
			work_add(w, p);
		else
			work_end(w, p);
		if (deadline_passed(slice)) {
			w->dirty = true;
			break;
		}
	}
	ports_sweep(&w->ports);
	if (!ports_has_ill(&w->ports))
		w->heal_at = never;
	else if (w->heal_at.at_ms == never.at_ms)
		w->heal_at = deadline_in(w->heal_ms);
}

void port_work_carried(struct port_work *w, const char *proto, int number, const char *problem)
{
	struct port *p = ports_find(&w->ports, proto, number);
	auto_str clean = STR_INIT;

	if (!p || (p->state != PORT_ADDING && p->state != PORT_REMOVING))
		return;
	text_clean(&clean, problem ? problem : "", problem ? strlen(problem) : 0, PROBLEM_MAX, false);
	str_trim_end(&clean);
	w->dirty = true;
	if (p->state == PORT_REMOVING) {
		/* What could not be ended is there still: forgotten, it would be in the way of the next of its number. */
		p->state = problem ? PORT_ACTIVE : PORT_IDLE;
		p->clings = problem != NULL;
	} else if (problem) {
		ports_stuck(p, true, clean.len ? clean.buf : "it cannot be carried");
	} else {
		p->state = PORT_ACTIVE;
		p->told = false;
	}
}

static void work_heal(struct port_work *w)
{
	w->heal_at = never;
	w->heal_ms = w->heal_ms * 2 > HEAL_MAX_MS ? HEAL_MAX_MS : w->heal_ms * 2;
	ports_retry(&w->ports);
	w->dirty = true;
}

void port_work_turn(struct port_work *w)
{
	if (w->waiting && deadline_passed(w->list_at)) {
		auto_json *list = TAKE(w->waiting);

		port_work_want(w, list);
	}
	if (deadline_passed(w->heal_at))
		work_heal(w);
	if (w->on && w->dirty)
		work_do(w);
}

struct deadline port_work_due(const struct port_work *w)
{
	if (w->on && w->dirty)
		return deadline_in(0);
	if (w->waiting && w->list_at.at_ms < w->heal_at.at_ms)
		return w->list_at;
	return w->heal_at;
}
