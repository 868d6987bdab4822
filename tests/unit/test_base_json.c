/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/float_text.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

/* What goes in comes out, compact. */
static void test_round_trip(void **state)
{
	static const char *const cases[] = {
		"{}",
		"[]",
		"null",
		"true",
		"false",
		"\"\"",
		"0",
		"-1",
		"{\"a\":{\"b\":[1,2,{}]}}",
		"[[],{},\"x\"]",
		"9223372036854775807",
		"-9223372036854775808",
		"18446744073709551615",
		"9007199254740993",
		"1.10",
		"1.0",
		"1e3",
		"1E+3",
		"-0",
		"-0.0",
		"0.1",
		"1e999",
		"123456789012345678901234567890",
		"1e+21",
		"1e-7",
		"[1,1.50,2,9007199254740993,{\"x\":3.00,\"y\":4}]",
		"\"\xc3\xa9\xf0\x9f\x90\xb3\"",
		"1000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json *tree = NULL;
		auto_err *err = json_parse(cases[i], strlen(cases[i]), "it", &tree);

		assert_null(err);

		auto_free char *text = json_print(tree, 0);

		assert_string_equal(text, cases[i]);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{ "", "'it' is not JSON from byte 0 in line 1 on" },
		{ " ", NULL },
		{ "{", NULL },
		{ "}", NULL },
		{ "{bad", "'it' is not JSON from byte 1 in line 1 on" },
		{ "[1,]", NULL },
		{ "{\"a\":1,}", NULL },
		{ "{\n\"a\": 1,\n\"b\" 2}", "'it' is not JSON from byte 14 in line 3 on" },
		{ "01", NULL },
		{ "1.", NULL },
		{ "+1", NULL },
		{ ".5", NULL },
		{ "-", NULL },
		{ "1e", NULL },
		{ "0x1", NULL },
		{ "\"a", NULL },
		{ "\"\\x\"", NULL },
		{ "\"\n\"", NULL },
		{ "\"\\u0000\"", NULL },
		{ "\"\\ud800\"", NULL },
		{ "\"\\", NULL },
		{ "nul", NULL },
		{ "nulltrue", NULL },
		{ "null null", NULL },
		{ "{} x", NULL },
		{ "\xef\xbb\xbf{}", NULL },
		{ "[1 2]", NULL },
		{ "{\"a\" 1}", NULL },
		{ "[1}", NULL },
		{ "{a:1}", NULL },
		{ "'a'", NULL },
		{ "\v1", NULL },
		{ "// c\n1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cJSON *tree = NULL;
		auto_err *err = json_parse(cases[i].text, strlen(cases[i].text), "it", &tree);

		assert_null(tree);
		assert_non_null(err);
		if (cases[i].msg)
			assert_string_equal(err->msg, cases[i].msg);
	}
	/* A NUL byte is no white space. */
	cJSON *tree = NULL;
	auto_err *err = json_parse("{}\0", 3, "it", &tree);

	assert_non_null(err);
}

static void test_depth(void **state)
{
	auto_str text = STR_INIT;
	auto_json *tree = NULL;
	cJSON *none = NULL;

	(void)state;
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		str_add_char(&text, '[');
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		str_add_char(&text, ']');
	assert_null(json_parse(text.buf, text.len, "it", &tree));
	str_clear(&text);
	for (int i = 0; i < 100000; i++)
		str_add_char(&text, '[');

	auto_err *err = json_parse(text.buf, text.len, "it", &none);

	assert_string_equal(err->msg, "'it' has more than 64 levels");
}

static void test_reads(void **state)
{
	static const char text[] = "{\"A\":{\"B\":{\"C\":\"text\"}},\"n\":22,\"big\":9223372036854775807,\"half\":1.5,"
				   "\"over\":9223372036854775808,\"round\":1e3,\"yes\":true,\"nothing\":null,"
				   "\"list\":[\"a\",1,\"b\"],\"low\":-9223372036854775808,\"\":7}";
	auto_json *tree = NULL;
	const char *s = NULL;
	int64_t n = 0;
	bool b = false;
	auto_list strings = { 0 };

	(void)state;
	assert_null(json_parse(text, strlen(text), "it", &tree));
	assert_null(json_str(tree, "A.B.C", &s));
	assert_string_equal(s, "text");
	assert_null(json_int(tree, "n", &n));
	assert_int_equal(n, 22);
	assert_null(json_int(tree, "big", &n));
	assert_true(n == INT64_MAX);
	assert_null(json_int(tree, "low", &n));
	assert_true(n == INT64_MIN);
	assert_null(json_int(tree, "round", &n));
	assert_int_equal(n, 1000);
	assert_null(json_int(tree, "", &n));
	assert_int_equal(n, 7);
	assert_null(json_bool(tree, "yes", &b));
	assert_true(b);

	auto_err *missing = json_str(tree, "A.B.X", &s), *wrong = json_str(tree, "n", &s);
	auto_err *half = json_int(tree, "half", &n), *over = json_int(tree, "over", &n);
	auto_err *null = json_bool(tree, "nothing", &b), *through = json_str(tree, "n.x", &s);

	assert_int_equal(missing->code, ERR_NOT_FOUND);
	assert_string_equal(missing->msg, "member 'A.B.X' is missing");
	assert_int_equal(wrong->code, ERR_FAILED);
	assert_string_equal(wrong->msg, "member 'n' is not a string");
	assert_non_null(half);
	assert_non_null(over);
	assert_non_null(null);
	assert_int_equal(through->code, ERR_NOT_FOUND);
	assert_string_equal(json_str_or(tree, "nothing", "other"), "other");
	assert_int_equal(json_int_or(tree, "half", 9), 9);
	assert_int_equal(json_int_or(NULL, "x", 9), 9);
	assert_true(json_bool_or(tree, "n", true));
	json_strings(tree, "list", &strings);
	json_strings(tree, "n", &strings);
	assert_int_equal(strings.n, 2);
	assert_string_equal(strings.items[1], "b");
	assert_null(json_get_or_null(tree, "a"));
	assert_string_equal(json_key(json_next(json_first(tree))), "n");
}

static void test_changes(void **state)
{
	auto_json *tree = json_object();
	auto_list values = { 0 };

	(void)state;
	list_add(&values, "x");
	json_set_str(tree, "s", "one");
	json_set_int(tree, "n", INT64_MAX);
	json_set_int(tree, "small", -5);
	json_set_bool(tree, "b", true);
	json_set_null(tree, "z");
	json_set_strings(tree, "l", &values);
	json_set_str(json_object_at(tree, "o"), "k", NULL);
	json_set_int(json_object_at(tree, "o"), "m", 1);
	json_set_str(tree, "s", "<two>");
	json_set_int(json_object_at(tree, "z"), "now", 1);

	auto_free char *text = json_print(tree, 0);

	assert_string_equal(text, "{\"s\":\"\\u003ctwo\\u003e\",\"n\":9223372036854775807,\"small\":-5,\"b\":true,"
				  "\"z\":{\"now\":1},\"l\":[\"x\"],\"o\":{\"k\":null,\"m\":1}}");

	/* A raw number survives a copy, too. */
	auto_json *copy = cJSON_Duplicate(tree, true);

	assert_true(json_int_or(copy, "n", 0) == INT64_MAX);
}

static void test_print(void **state)
{
	static const char text[] = "{\"a\":{},\"b\":[],\"c\":[1,{\"d\":null}]}";
	auto_json *tree = NULL;

	(void)state;
	assert_null(json_parse(text, strlen(text), "it", &tree));

	auto_free char *printed = json_print(tree, 4);

	assert_string_equal(printed, "{\n    \"a\": {},\n    \"b\": [],\n    \"c\": [\n        1,\n        {\n"
				     "            \"d\": null\n        }\n    ]\n}");
}

static void test_quote(void **state)
{
	static const char *const cases[][2] = {
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\b\f\n\r\t\x01\x1f\x7f", "\"\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\x7f\"" },
		{ "<&>", "\"\\u003c\\u0026\\u003e\"" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"" },
		{ "\xff"
		  "a\xc3",
		  "\"\\ufffda\\ufffd\"" },
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "\xc0\x80", "\"\\ufffd\\ufffd\"" },
		{ "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
		{ "\xf0\x9f\x90\xb3", "\"\xf0\x9f\x90\xb3\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *quoted = json_quote(cases[i][0]);

		assert_string_equal(quoted, cases[i][1]);
	}
}

static void test_utf8(void **state)
{
	auto_str s = STR_INIT;
	static const uint32_t points[] = { 'a', 0xe9, 0x20ac, 0x1f433, 0x10ffff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		utf8_add(&s, points[i]);
	assert_int_equal(utf8_count(s.buf), ARRAY_SIZE(points));

	const char *p = s.buf;

	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		uint32_t c;

		p += utf8_next(p, &c);
		assert_int_equal(c, points[i]);
	}
	str_clear(&s);
	utf8_add(&s, 0xd800);
	assert_string_equal(s.buf, "\xef\xbf\xbd");
}

static void test_float(void **state)
{
	static const struct {
		double value;
		const char *json, *g;
	} cases[] = {
		{ 0, "0", "0" },
		{ -0.0, "-0", "-0" },
		{ 1, "1", "1" },
		{ 100000, "100000", "100000" },
		{ 1000000, "1000000", "1e+06" },
		{ 1048576, "1048576", "1.048576e+06" },
		{ 123456.75, "123456.75", "123456.75" },
		{ 0.1, "0.1", "0.1" },
		{ 0.0001, "0.0001", "0.0001" },
		{ 0.00001, "0.00001", "1e-05" },
		{ 0.0000001, "1e-7", "1e-07" },
		{ 1e20, "100000000000000000000", "1e+20" },
		{ 1e21, "1e+21", "1e+21" },
		{ 1.0 / 3, "0.3333333333333333", "0.3333333333333333" },
		{ 5e-324, "5e-324", "5e-324" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308", "1.7976931348623157e+308" },
		{ -2.5e-8, "-2.5e-8", "-2.5e-08" },
		{ 9007199254740993.0, "9007199254740992", "9.007199254740992e+15" },
		{ 1e-10, "1e-10", "1e-10" },
		{ 12, "12", "12" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_str json = STR_INIT, g = STR_INIT;

		float_add_json(&json, cases[i].value);
		float_add_g(&g, cases[i].value);
		assert_string_equal(json.buf, cases[i].json);
		assert_string_equal(g.buf, cases[i].g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refused), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_reads),	   cmocka_unit_test(test_changes), cmocka_unit_test(test_print),
		cmocka_unit_test(test_quote),	   cmocka_unit_test(test_utf8),	   cmocka_unit_test(test_float),
	};

	return cmocka_run_group_tests_name("base json", tests, NULL, NULL);
}
