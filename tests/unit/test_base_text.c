/* SPDX-License-Identifier: Apache-2.0 */
/* Errors, memory, strings, lists and numbers. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

static void test_err_wrap(void **state)
{
	(void)state;
	errno = ENOENT;
	auto_err *err = err_errno(ERR_NOT_FOUND, "cannot read '%s'", "x");

	assert_string_equal(err->msg, "cannot read 'x': No such file or directory");
	err = err_hint(err, "inner");
	err = err_wrap(err_status(err, 3), "cannot load '%d'", 7);
	err = err_hint(err, "outer");
	assert_int_equal(err->code, ERR_NOT_FOUND);
	assert_int_equal(err->status, 3);
	assert_string_equal(err_hint_of(err), "inner");

	auto_free char *text = err_text(err);

	assert_string_equal(text, "cannot load '7': cannot read 'x': No such file or directory");
}

static void test_err_null(void **state)
{
	(void)state;
	assert_null(err_wrap(NULL, "x"));
	assert_null(err_hint(NULL, "x"));
	assert_null(err_status(NULL, 1));
	assert_null(err_hint_of(NULL));
	err_free(NULL);
}

static void test_str(void **state)
{
	(void)state;
	auto_str s = STR_INIT;

	assert_string_equal(s.buf, "");
	str_trim_end(&s);
	str_clear(&s);
	str_addf(&s, "%s-%d", "ab", 12);
	str_add_mem(&s, "\0x", 2);
	assert_int_equal(s.len, 7);
	assert_memory_equal(s.buf, "ab-12\0x", 8);
	str_clear(&s);
	str_add(&s, "text \r\n");
	str_trim_end(&s);
	assert_string_equal(s.buf, "text");
	for (int i = 0; i < 10000; i++)
		str_add_char(&s, 'x');
	assert_int_equal(s.len, 10004);

	char *taken = str_detach(&s);

	assert_int_equal(strlen(taken), 10004);
	assert_int_equal(s.len, 0);
	free(taken);
	taken = str_detach(&s);
	assert_string_equal(taken, "");
	free(taken);
}

static void test_str_shell(void **state)
{
	static const char *const cases[][2] = {
		{ "plain", "plain" },
		{ "/a/b=c:d@e", "/a/b=c:d@e" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "it's", "'it'\\''s'" },
		{ "$x", "'$x'" },
		{ "~", "'~'" },
		{ "\n", "'\n'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_str s = STR_INIT;

		str_add_shell(&s, cases[i][0]);
		assert_string_equal(s.buf, cases[i][1]);
	}
}

static void test_list(void **state)
{
	(void)state;
	auto_list l = { 0 };

	for (int i = 0; i < 100; i++) {
		list_addf(&l, "%02d", 99 - i);
		assert_null(l.items[l.n]);
	}
	list_sort(&l);
	assert_string_equal(l.items[0], "00");
	assert_string_equal(l.items[99], "99");
	while (l.n > 3)
		list_remove(&l, 1);
	list_remove(&l, 17);
	list_add(&l, "new");
	assert_null(l.items[4]);
	assert_true(list_has(&l, "new"));
	assert_false(list_has(&l, "01"));
	list_add_all(&l, &l);

	auto_free char *joined = list_join(&l, ", ");

	assert_string_equal(joined, "00, 98, 99, new, 00, 98, 99, new");
}

static void test_list_split(void **state)
{
	static const struct {
		const char *text;
		bool skip_empty;
		const char *joined;
		size_t n;
	} cases[] = {
		{ "a,b", false, "a|b", 2 },   { "", false, "", 1 },	{ "", true, "", 0 },
		{ ",a,,", false, "|a||", 4 }, { ",a,,", true, "a", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_list l = { 0 };

		list_split(&l, cases[i].text, ',', cases[i].skip_empty);

		auto_free char *joined = list_join(&l, "|");

		assert_int_equal(l.n, cases[i].n);
		assert_string_equal(joined, cases[i].joined);
	}
}

static void test_mem(void **state)
{
	(void)state;
	assert_true(str_eq(NULL, NULL));
	assert_false(str_eq(NULL, ""));
	assert_true(str_starts("abc", "ab") && !str_starts("a", "ab"));
	assert_true(str_ends("abc", "bc") && !str_ends("c", "bc") && str_ends("c", ""));

	char *p = xstrdup("secret");
	char *q = TAKE(p);

	assert_null(p);
	mem_free_secret(q);
	mem_free_secret(NULL);
	errno = EAGAIN;

	int fd = -1;

	mem_closep(&fd);
	assert_int_equal(errno, EAGAIN);
}

static void test_num_int(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
		bool ok;
	} cases[] = {
		{ "0", 0, true },
		{ "10", 10, true },
		{ "-7", -7, true },
		{ "+7", 7, true },
		{ "0x10", 16, true },
		{ "0XfF", 255, true },
		{ "010", 8, true },
		{ "0b101", 5, true },
		{ "0o17", 15, true },
		{ "9223372036854775807", INT64_MAX, true },
		{ "-9223372036854775808", INT64_MIN, true },
		{ "9223372036854775808", 0, false },
		{ "-9223372036854775809", 0, false },
		{ "", 0, false },
		{ "-", 0, false },
		{ "0x", 0, false },
		{ "08", 0, false },
		{ "1 ", 0, false },
		{ " 1", 0, false },
		{ "1.5", 0, false },
		{ "abc", 0, false },
		{ "--1", 0, false },
		{ "99999999999999999999999999", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t value = 42;
		auto_err *err = num_int(cases[i].text, INT64_MIN, INT64_MAX, &value);

		assert_int_equal(!err, cases[i].ok);
		assert_int_equal(value, cases[i].ok ? cases[i].want : 42);
		if (err)
			assert_int_equal(err->code, ERR_USAGE);
	}

	int64_t port = 0;
	auto_err *err = num_int("65536", 1, 65535, &port);

	assert_string_equal(err->msg, "'65536' is not between 1 and 65535");
}

static void test_num_mib(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: refused */
	} cases[] = {
		{ "20000", 20000 },
		{ "20g", 20480 },
		{ "20GiB", 20480 },
		{ "512m", 512 },
		{ "512 MB", 512 },
		{ "1t", 1048576 },
		{ "0", 0 },
		{ "", -1 },
		{ "g", -1 },
		{ "-1", -1 },
		{ "1.5g", -1 },
		{ "1k", -1 },
		{ "99999999999999999999", -1 },
		{ "1gg", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t value = -1;
		auto_err *err = num_mib(cases[i].text, &value);

		assert_int_equal(value, cases[i].want);
		assert_int_equal(!err, cases[i].want >= 0);
	}
}

static void test_num_duration(void **state)
{
	static const struct {
		const char *text;
		int want; /* -1: refused */
	} cases[] = {
		{ "90", 90000 },     { "1.5", 1500 },	{ "1.5s", 1500 },     { "500ms", 500 },
		{ "2m", 120000 },    { "1h", 3600000 }, { "1h30m", 5400000 }, { "0", 0 },
		{ "0.25h", 900000 }, { "", -1 },	{ "s", -1 },	      { "-1s", -1 },
		{ "1x", -1 },	     { "1m30", -1 },	{ "999999h", -1 },    { "99999999999999999999", -1 },
		{ "2m ", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int value = -1;
		auto_err *err = num_duration_ms(cases[i].text, &value);

		assert_int_equal(value, cases[i].want);
		assert_int_equal(!err, cases[i].want >= 0);
	}
}

static void test_num_text(void **state)
{
	static const struct {
		uint64_t n;
		const char *bytes, *ms;
	} cases[] = {
		{ 0, "0 B", "0 ms" },
		{ 999, "999 B", "999 ms" },
		{ 1000, "1.0 kB", "1.0 s" },
		{ 7390, "7.3 kB", "7.3 s" },
		{ 125000, "125 kB", "2 min 5 s" },
		{ 7260000, "7.2 MB", "2 h 1 min" },
		{ UINT64_C(1234567890), "1.2 GB", "342 h 56 min" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *bytes = num_bytes_text(cases[i].n);
		auto_free char *ms = num_ms_text((int64_t)cases[i].n);

		assert_string_equal(bytes, cases[i].bytes);
		assert_string_equal(ms, cases[i].ms);
	}

	auto_free char *most = num_bytes_text(UINT64_MAX);

	assert_string_equal(most, "18.4 EB");
}

static void test_log(void **state)
{
	int p[2], saved = dup(STDERR_FILENO);
	char buf[64] = { 0 };

	(void)state;
	assert_int_equal(pipe(p), 0);
	dup2(p[1], STDERR_FILENO);
	log_debug("silent");
	log_set_debug(true);
	log_debug("one %d\n", 1);
	log_set_debug(false);
	dup2(saved, STDERR_FILENO);
	assert_int_equal(read(p[0], buf, sizeof(buf)), 6);
	assert_string_equal(buf, "one 1\n");
	close(p[0]);
	close(p[1]);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_wrap),     cmocka_unit_test(test_err_null), cmocka_unit_test(test_str),
		cmocka_unit_test(test_str_shell),    cmocka_unit_test(test_list),     cmocka_unit_test(test_list_split),
		cmocka_unit_test(test_mem),	     cmocka_unit_test(test_num_int),  cmocka_unit_test(test_num_mib),
		cmocka_unit_test(test_num_duration), cmocka_unit_test(test_num_text), cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests_name("base text", tests, NULL, NULL);
}
