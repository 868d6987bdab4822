/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports that a process keeps up: what fails is tried again, and much of it stops nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/port_work.h"

static int64_t now;
static char folder[64];
static char *file;

struct carrier {
	int adds, ends;
	bool refuse;
	int cost_ms;
};

static struct err *carry(void *data, const struct port *p, bool add)
{
	struct carrier *c = data;

	(void)p;
	now += c->cost_ms;
	if (add)
		c->adds++;
	else
		c->ends++;
	return c->refuse ? err_new(ERR_FAILED, "refused") : NULL;
}

static void want(struct port_work *w, const char *text)
{
	auto_json *list = NULL;

	assert_null(json_parse(text, strlen(text), "ports", &list));
	port_work_want(w, list);
}

static struct port_work work(struct carrier *c)
{
	struct port_work w = { .address = "127.99.1.1", .file = file, .carry = carry, .data = c };

	now = 1000;
	port_work_begin(&w);
	return w;
}

/* What the file tells of the only port: "" when it answers. */
static char *told(void)
{
	auto_json *list = NULL;

	assert_null(port_work_read(file, &list));
	return xstrdup(json_str_or(json_first(list), "problem", json_first(list) ? "" : "none"));
}

static void test_add_and_end(void **state)
{
	struct carrier c = { 0 };
	struct port_work w = work(&c);

	(void)state;
	want(&w, "[{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":18080}]");
	port_work_turn(&w);
	assert_int_equal(c.adds, 1);
	auto_free char *there = told();
	assert_string_equal(there, "");
	assert_int_equal(port_work_wait_ms(&w, 60000), 60000);
	want(&w, "[]");
	port_work_turn(&w);
	assert_int_equal(c.ends, 0); /* not so soon */
	assert_true(port_work_wait_ms(&w, 60000) <= 200);
	now += 200;
	port_work_turn(&w);
	assert_int_equal(c.ends, 1);
	assert_int_equal(w.ports.n, 0);
	port_work_release(&w);
	assert_false(fs_exists(file));
}

static void test_failures_heal(void **state)
{
	struct carrier c = { .refuse = true };
	struct port_work w = work(&c);

	(void)state;
	want(&w, "[{\"proto\":\"tcp\",\"address\":\"0.0.0.0\",\"port\":18080}]");
	port_work_turn(&w);
	auto_free char *why = told();
	assert_string_equal(why, "refused");
	c.refuse = false;
	now += 5000;
	port_work_turn(&w);
	assert_int_equal(c.adds, 2);
	/* One that could not be ended is not forgotten. */
	c.refuse = true;
	want(&w, "[]");
	now += 200;
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
	assert_int_equal(w.ports.n, 0);
	port_work_release(&w);
}

static void test_slices(void **state)
{
	struct carrier c = { .cost_ms = 200 };
	struct port_work w = work(&c);
	auto_str list = STR_INIT;

	(void)state;
	for (int i = 0; i < 20; i++)
		str_addf(&list, "%s{\"proto\":\"tcp\",\"address\":\"\",\"port\":%d}", i ? "," : "[", 18000 + i);
	str_add(&list, "]");
	want(&w, list.buf);
	port_work_turn(&w);
	assert_true(c.adds >= 2 && c.adds <= 4);
	for (int i = 0; i < 20; i++) {
		now += port_work_wait_ms(&w, 60000);
		port_work_turn(&w);
	}
	assert_int_equal(c.adds, 20);
	port_work_release(&w);
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-ports.XXXXXX");
	assert_non_null(mkdtemp(folder));
	file = fs_join(folder, "ports.json");
	clock_set_fake(&now);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	clock_set_fake(NULL);
	free(file);
	IGNORE(fs_remove_tree(folder));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_add_and_end), cmocka_unit_test(test_failures_heal),
					    cmocka_unit_test(test_slices) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
