/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/port_work.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"

#define PAUSE_MS 200
#define SLICE_MS 500 /* of work without a look at anything else */
#define HEAL_MS 5000

void port_work_begin(struct port_work *w)
{
	w->work_at = deadline_in(0);
	w->heal_at = deadline_in(-1);
}

void port_work_release(struct port_work *w)
{
	ports_release(&w->ports);
	if (w->file)
		unlink(w->file);
}

void port_work_want(struct port_work *w, const cJSON *list)
{
	ports_want(&w->ports, list);
	w->dirty = true;
}

void port_work_forget(struct port_work *w)
{
	for (size_t i = 0; i < w->ports.n; i++)
		if (w->ports.list[i].state == PORT_ACTIVE || w->ports.list[i].state == PORT_REMOVING)
			w->ports.list[i].state = PORT_IDLE;
	w->dirty = true;
}

static void work_write(const struct port_work *w)
{
	auto_json *list = ports_json(&w->ports);
	auto_free char *text = json_print(list, 0);

	IGNORE(fs_write(w->file, text, strlen(text), 0600));
}

static void work_add(struct port_work *w, struct port *p)
{
	auto_free char *problem = NULL;

	if (ports_is_own(p))
		return;
	enum loopback_bind can = loopback_bind_test(p->proto, w->address, p->number, true);
	if (can != LOOPBACK_FREE) {
		problem = ports_refusal(p, w->address, can);
	} else {
		auto_err *e = w->carry(w->data, p, true);

		problem = e ? err_text(e) : NULL;
	}
	if (problem)
		ports_stuck(p, true, problem);
	else
		p->state = PORT_ACTIVE;
}

static bool work_has_failed(const struct port_work *w)
{
	for (size_t i = 0; i < w->ports.n; i++)
		if (w->ports.list[i].state == PORT_REMOVING)
			return true;
	return ports_has_ill(&w->ports);
}

/* What could not be ended is there still: forgotten, it would be in the way of the next of its number. */
static void work_end(struct port_work *w, struct port *p)
{
	auto_err *e = w->carry(w->data, p, false);

	p->state = e ? PORT_REMOVING : PORT_IDLE;
}

static void work_do(struct port_work *w)
{
	struct deadline slice = deadline_in(SLICE_MS);
	struct port *p;

	while (!w->dirty && (p = ports_next(&w->ports))) {
		if (p->wanted)
			work_add(w, p);
		else
			work_end(w, p);
		w->dirty = deadline_passed(slice);
	}
	ports_sweep(&w->ports);
	w->heal_at = work_has_failed(w) ? deadline_in(HEAL_MS) : deadline_in(-1);
	work_write(w);
}

static void work_retry(struct port_work *w)
{
	for (size_t i = 0; i < w->ports.n; i++)
		if (w->ports.list[i].state == PORT_REMOVING)
			w->ports.list[i].state = PORT_ACTIVE;
	ports_retry(&w->ports);
	w->heal_at = deadline_in(-1);
	w->dirty = true;
}

void port_work_turn(struct port_work *w)
{
	if (deadline_passed(w->heal_at))
		work_retry(w);
	if (!w->dirty || !deadline_passed(w->work_at))
		return;
	w->dirty = false;
	work_do(w);
	w->work_at = deadline_in(PAUSE_MS);
}

int port_work_wait_ms(const struct port_work *w, int most_ms)
{
	int heal = deadline_left_ms(w->heal_at), work = w->dirty ? deadline_left_ms(w->work_at) : most_ms;
	int left = heal < work ? heal : work;

	return left < most_ms ? left : most_ms;
}

struct err *port_work_read(const char *file, cJSON **ret)
{
	if (!fs_exists(file)) {
		*ret = cJSON_CreateArray();
		return NULL;
	}
	return json_read_file(file, ret);
}
