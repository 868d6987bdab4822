/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports that a process keeps up: what fails is tried again, and much of it stops nothing else. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/port_work.h"

static int64_t now;

struct carrier {
	struct port_work *work;
	int adds, ends;
	bool refuse, later; /* later: the answer comes by itself */
	int cost_ms;
};

static void carry(void *data, const struct port *p, bool add)
{
	struct carrier *c = data;

	now += c->cost_ms;
	if (add)
		c->adds++;
	else
		c->ends++;
	if (!c->later)
		port_work_carried(c->work, p->proto, p->number, c->refuse ? "refused" : NULL);
}

static void want(struct port_work *w, const char *text)
{
	auto_json *list = NULL;

	assert_null(json_parse(text, strlen(text), "ports", &list));
	port_work_want(w, list);
}

static struct port_work work(struct carrier *c)
{
	struct port_work w = { .address = "127.99.1.1", .most = 1, .carry = carry, .data = c };

	now = 1000;
	port_work_begin(&w);
	port_work_on(&w, true);
	return w;
}

static int due_ms(const struct port_work *w)
{
	return deadline_left_ms(port_work_due(w));
}

/* What is told of the only port: "" when it answers. */
static char *told(const struct port_work *w)
{
	auto_json *list = ports_json(&w->ports);

	return xstrdup(json_str_or(json_first(list), "problem", json_first(list) ? "" : "none"));
}

#define ONE "[{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":18080}]"

static void test_add_and_end(void **state)
{
	struct carrier c = { 0 };
	struct port_work w = work(&c);

	(void)state;
	c.work = &w;
	want(&w, ONE);
	port_work_turn(&w);
	assert_int_equal(c.adds, 1);
	auto_free char *there = told(&w);
	assert_string_equal(there, "");
	port_work_turn(&w);
	assert_int_equal(due_ms(&w), INT_MAX);
	want(&w, "[]");
	port_work_turn(&w);
	assert_int_equal(c.ends, 0); /* not so soon */
	assert_true(due_ms(&w) <= 200);
	now += 200;
	port_work_turn(&w);
	assert_int_equal(c.ends, 1);
	port_work_turn(&w);
	assert_int_equal(w.ports.n, 0);
	port_work_release(&w);
}

/* Of many lists in a row the last counts, and not each costs work. */
static void test_flood(void **state)
{
	struct carrier c = { 0 };
	struct port_work w = work(&c);

	(void)state;
	c.work = &w;
	for (int i = 0; i < 1000; i++) {
		want(&w, i % 2 ? ONE : "[]");
		port_work_turn(&w);
		now++;
	}
	assert_true(c.adds + c.ends <= 10);
	now += 200;
	port_work_turn(&w);
	auto_free char *there = told(&w);
	assert_string_equal(there, "");
	port_work_release(&w);
}

static void test_failures_heal(void **state)
{
	struct carrier c = { .refuse = true };
	struct port_work w = work(&c);

	(void)state;
	c.work = &w;
	want(&w, ONE);
	port_work_turn(&w);
	auto_free char *why = told(&w);
	assert_string_equal(why, "refused");
	c.refuse = false;
	now += 5000;
	port_work_turn(&w);
	assert_int_equal(c.adds, 2);
	/* One that could not be ended is not forgotten. */
	c.refuse = true;
	now += 200;
	want(&w, "[]");
	port_work_turn(&w);
	assert_int_equal(c.ends, 1);
	assert_int_equal(w.ports.n, 1);
	now += 200;
	port_work_turn(&w);
	assert_int_equal(c.ends, 1);
	c.refuse = false;
	now += 5000;
	port_work_turn(&w);
	assert_int_equal(c.ends, 2);
	port_work_turn(&w);
	assert_int_equal(w.ports.n, 0);
	port_work_release(&w);
}

/* Pauses grow from 2 to 30 seconds; a new list begins anew. */
static void test_pauses_grow(void **state)
{
	static const int pauses[] = { 2000, 4000, 8000, 16000, 30000, 30000 };
	struct carrier c = { .refuse = true };
	struct port_work w = work(&c);

	(void)state;
	c.work = &w;
	want(&w, ONE);
	port_work_turn(&w);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		port_work_turn(&w); /* what was answered is looked at */
		assert_int_equal(due_ms(&w), pauses[i]);
		now += pauses[i];
		port_work_turn(&w);
		assert_int_equal(c.adds, (int)i + 2);
	}
	want(&w, ONE);
	port_work_turn(&w);
	port_work_turn(&w);
	assert_int_equal(due_ms(&w), 2000);
	port_work_release(&w);
}

static void test_slices(void **state)
{
	struct carrier c = { .cost_ms = 200 };
	struct port_work w = work(&c);
	auto_str list = STR_INIT;

	(void)state;
	c.work = &w;
	for (int i = 0; i < 20; i++)
		str_addf(&list, "%s{\"proto\":\"tcp\",\"address\":\"\",\"port\":%d}", i ? "," : "[", 18000 + i);
	str_add(&list, "]");
	want(&w, list.buf);
	port_work_turn(&w);
	assert_true(c.adds >= 2 && c.adds <= 4);
	for (int i = 0; i < 20; i++) {
		now += due_ms(&w) == INT_MAX ? 0 : due_ms(&w);
		port_work_turn(&w);
	}
	assert_int_equal(c.adds, 20);
	port_work_release(&w);
}

/* An answer that takes its time stops nothing; no more are asked for at a time than the driver says. */
static void test_answers_later(void **state)
{
	struct carrier c = { .later = true };
	struct port_work w = work(&c);

	(void)state;
	c.work = &w;
	want(&w, "[{\"proto\":\"tcp\",\"port\":18080},{\"proto\":\"udp\",\"port\":18081}]");
	port_work_turn(&w);
	port_work_turn(&w);
	assert_int_equal(c.adds, 1);
	auto_free char *under_way = told(&w);
	assert_string_equal(under_way, "it is being set up");
	now += 200;
	want(&w, "[]"); /* meanwhile nobody wants it any more */
	port_work_turn(&w);
	assert_int_equal(c.ends, 0);
	port_work_carried(&w, "udp", 18081, NULL); /* of one that was never asked for */
	port_work_carried(&w, "tcp", 18080, NULL);
	port_work_turn(&w);
	assert_int_equal(c.ends, 1);
	port_work_carried(&w, "tcp", 18080, NULL);
	port_work_turn(&w);
	assert_int_equal(c.adds, 1);
	assert_int_equal(w.ports.n, 0);
	port_work_release(&w);
}

/* The way is gone: what it carried is carried again by the next. */
static void test_way_is_lost(void **state)
{
	struct carrier c = { 0 };
	struct port_work w = work(&c);

	(void)state;
	c.work = &w;
	want(&w, ONE);
	port_work_turn(&w);
	port_work_on(&w, false);
	port_work_forget(&w);
	port_work_turn(&w);
	assert_int_equal(c.adds, 1);
	assert_int_equal(due_ms(&w), INT_MAX);
	port_work_on(&w, true);
	port_work_turn(&w);
	assert_int_equal(c.adds, 2);
	port_work_release(&w);
}

static int setup(void **state)
{
	(void)state;
	clock_set_fake(&now);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	clock_set_fake(NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_add_and_end),	  cmocka_unit_test(test_flood),
					    cmocka_unit_test(test_failures_heal), cmocka_unit_test(test_pauses_grow),
					    cmocka_unit_test(test_slices),	  cmocka_unit_test(test_answers_later),
					    cmocka_unit_test(test_way_is_lost) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
