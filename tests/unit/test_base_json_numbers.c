/* SPDX-License-Identifier: Apache-2.0 */
/* What cJSON alone would change: numbers lose digits, strings end at \u0000, 01 and 1. are taken for numbers. */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gotext/gotext.h"

static const char *const numbers[] = {
	"0.30000000000000004",
	"0.1",
	"1e-7",
	"123456789012345678",
	"9223372036854775807",
	"18446744073709551616",
	"-0.0",
	"1E5",
	"100.0",
	"2.2250738585072014e-308",
};

static void test_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		auto_free char *text = xasprintf("{\"N\":%s}", numbers[i]);
		auto_json *tree = NULL;
		auto_err *e = json_parse(text, strlen(text), "text", &tree);

		assert_null(e);
		auto_free char *out = json_print(tree, 0);
		assert_string_equal(out, text);
	}
}

static void test_template(void **state)
{
	static const struct gotext_rules rules = { NULL, true };
	static const char text[] = "{\"F\":0.30000000000000004}";
	auto_json *tree = NULL;
	auto_str out = STR_INIT;
	struct gotext_template *t = NULL;
	auto_err *e = json_parse(text, strlen(text), "text", &tree);

	(void)state;
	assert_null(e);
	assert_null(gotext_parse("{{.F}} {{json .F}}", &t));
	e = gotext_run(t, tree, &rules, &out);
	gotext_free(t);
	assert_null(e);
	assert_string_equal(out.buf, "0.30000000000000004 0.30000000000000004");
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "{\"N\":01}", "{\"N\":1.}", "{\"N\":-}", "{\"S\":\"a\\u0000b\"}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_json *tree = NULL;
		auto_err *e = json_parse(bad[i], strlen(bad[i]), "text", &tree);

		assert_non_null(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
