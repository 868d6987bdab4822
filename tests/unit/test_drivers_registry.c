/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that every driver keeps, and the none driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/opt_parse.h"
#include "drivers/registry.h"

static void say_nothing(void *data, const char *text)
{
	(void)data, (void)text;
}

static const struct driver_env env = { "foo", "/s", "/s/machines/foo", "/s/.state", say_nothing, say_nothing, NULL };

static void test_rules(void **state)
{
	int n = 0;

	(void)state;
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d)) {
		const char *broken = driver_broken_rule(d);

		if (broken)
			fail_msg("driver '%s' breaks a rule: %s", d->name, broken);
		assert_ptr_equal(driver_resolve(d->name), d);
		n++;
	}
	assert_int_equal(n, 4);
	assert_null(driver_resolve("No"));
	assert_null(driver_resolve("non"));
	assert_string_equal(driver_next(NULL)->name, "qemu");
	assert_null(driver_next(driver_resolve("none")));
}

static void test_broken(void **state)
{
	const struct driver *none = driver_resolve("none"), *qemu = driver_resolve("qemu");
	struct driver_ops o = *none->ops;
	struct driver d = *none;

	(void)state;
	d.ops = &o;
	d.name = "No ne";
	assert_non_null(driver_broken_rule(&d));
	d.name = "none";
	assert_null(driver_broken_rule(&d));
	o.state = NULL;
	assert_non_null(driver_broken_rule(&d));
	o = *none->ops;
	o.caps = 0;
	assert_non_null(driver_broken_rule(&d));
	d = *qemu;
	d.ops = &o;
	o = *qemu->ops;
	o.caps |= DRIVER_NO_POWER;
	assert_non_null(driver_broken_rule(&d));
	o = *qemu->ops;
	o.seed_machine = NULL;
	assert_non_null(driver_broken_rule(&d));
	o = *qemu->ops;
	d.opts = none->opts;
	assert_string_equal(driver_broken_rule(&d), "an option's name begins with the driver's name and a dash");
}

static void test_state_names(void **state)
{
	(void)state;
	assert_string_equal(machine_state_name(STATE_NONE), "");
	assert_string_equal(machine_state_name(STATE_RUNNING), "Running");
	assert_string_equal(machine_state_name(STATE_TIMEOUT), "Timeout");
	assert_string_equal(machine_state_name((enum machine_state)99), "");
}

static struct err *none_make(const char *url, void **ret)
{
	const struct driver_ops *none = driver_resolve("none")->ops;
	const struct opt *tables[] = { none->opts, NULL };
	char *argv[] = { (char *)"--url", (char *)url };
	auto_opts o = { 0 };

	assert_null(opts_parse(&o, tables, url ? 2 : 0, argv, false));
	return none->from_opts(&env, &o, ret);
}

static void test_none_url(void **state)
{
	static const struct {
		const char *url, *address;
	} cases[] = {
		{ "tcp://1.2.3.4:2376", "1.2.3.4:2376" }, { "u", "" },		{ "tcp://host", "host" },
		{ "tcp://me@host:1/path", "host:1" },	  { "//a:1?q", "a:1" }, { "tcp:host:1", "" },
		{ "unix:///var/run/docker.sock", "" },
	};
	const struct driver_ops *none = driver_resolve("none")->ops;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		void *self;
		auto_endpoint e = { 0 };
		enum machine_state s;

		assert_null(none_make(cases[i].url, &self));
		assert_null(none->endpoint(self, &e));
		assert_string_equal(e.address, cases[i].address);
		assert_string_equal(e.url, cases[i].url);
		assert_string_equal(e.ssh_host, "");
		assert_null(none->state(self, &s));
		assert_int_equal(s, STATE_RUNNING);
		none->close(self);
	}
}

static void test_none_refuses(void **state)
{
	void *self;
	struct err *e = none_make(NULL, &self);

	(void)state;
	assert_string_equal(e->msg, "--url option is required when no driver is selected");
	err_free(e);
	e = none_make("://bad", &self);
	assert_string_equal(e->msg, "parse \"://bad\": missing protocol scheme");
	err_free(e);
}

static void test_none_record(void **state)
{
	const struct driver_ops *none = driver_resolve("none")->ops;
	auto_json *record = json_object(), *other = NULL;
	void *self;

	(void)state;
	assert_null(none_make("tcp://1.2.3.4:2376", &self));
	assert_null(none->save(self, record));
	none->close(self);
	auto_free char *text = json_print(record, 0);
	assert_string_equal(text,
			    "{\"IPAddress\":\"1.2.3.4:2376\",\"MachineName\":\"foo\",\"SSHUser\":\"\",\"SSHPort\":0,"
			    "\"SSHKeyPath\":\"\",\"StorePath\":\"/s\",\"SwarmMaster\":false,\"SwarmHost\":\"\","
			    "\"SwarmDiscovery\":\"\",\"URL\":\"tcp://1.2.3.4:2376\"}");
	/* What others put there stays. */
	static const char odd[] = "{\"SwarmHost\":\"tcp://x\",\"Odd\":[1],\"URL\":\"tcp://h:1\",\"IPAddress\":\"h:1\"}";
	assert_null(json_parse(odd, strlen(odd), "x", &other));
	assert_null(none->from_record(&env, other, &self));
	assert_null(none->save(self, other));
	none->close(self);
	assert_string_equal(json_str_or(other, "SwarmHost", ""), "tcp://x");
	assert_non_null(json_get_or_null(other, "Odd"));
	assert_string_equal(json_str_or(other, "URL", ""), "tcp://h:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	     cmocka_unit_test(test_broken),
		cmocka_unit_test(test_state_names),  cmocka_unit_test(test_none_url),
		cmocka_unit_test(test_none_refuses), cmocka_unit_test(test_none_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
