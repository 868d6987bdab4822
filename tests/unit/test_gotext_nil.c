/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members that are missing or null, below one another and as arguments of index, slice and len: the words are those of Go's
 * text/template (exec.go and funcs.go of 1.18 and later) over a map[string]interface{}.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gotext/gotext.h"

static const char data[] = "{\"S\":\"abc\",\"Null\":null,\"L\":[\"a\",\"b\"],\"M\":{\"L\":[1],\"Null\":null},\"N\":3}";

static char *run(const char *text)
{
	const struct gotext_rules rules = { NULL, true };
	auto_json *tree = NULL;
	auto_str out = STR_INIT;
	struct gotext_template *t = NULL;
	auto_err *e = json_parse(data, strlen(data), "data", &tree);

	assert_null(e);
	e = gotext_parse(text, &t);
	if (!e)
		e = gotext_run(t, tree, &rules, &out);
	gotext_free(t);
	return e ? err_text(e) : str_detach(&out);
}

#define CALLING(node, name, why) "template: :1:2: executing \"\" at <" node ">: error calling " name ": " why

static const struct {
	const char *text, *out;
} cases[] = {
	{ "{{.No}} {{.No.Deeper}} {{.M.No.Deeper.Still}} {{.Null}}", "<no value> <no value> <no value> <no value>" },
	{ "{{.Null.X}}", "template: :1:7: executing \"\" at <.Null.X>: nil pointer evaluating interface {}.X" },
	{ "{{.M.Null.X}}", "template: :1:4: executing \"\" at <.M.Null.X>: nil pointer evaluating interface {}.X" },
	{ "{{index .M.No 0}}", CALLING("index .M.No 0", "index", "index of untyped nil") },
	{ "{{index .M.No \"a\"}}", CALLING("index .M.No \"a\"", "index", "index of untyped nil") },
	{ "{{index .M.No.Deeper 0}}", CALLING("index .M.No.Deeper 0", "index", "index of untyped nil") },
	{ "{{index .Null 0}}", CALLING("index .Null 0", "index", "index of untyped nil") },
	{ "{{index .No}}", CALLING("index .No", "index", "index of untyped nil") },
	{ "{{.No | index}}", "template: :1:8: executing \"\" at <index>: error calling index: index of untyped nil" },
	{ "{{index .M \"No\"}}", "<no value>" },
	{ "{{index .M \"No\" 0}}", CALLING("index .M \"No\" 0", "index", "index of nil pointer") },
	{ "{{index .M \"Null\" 0}}", CALLING("index .M \"Null\" 0", "index", "index of nil pointer") },
	{ "{{index .L .No}}", CALLING("index .L .No", "index", "cannot index slice/array with nil") },
	{ "{{index .M .No}}", CALLING("index .M .No", "index", "value is nil; should be of type string") },
	{ "{{index .M 1}}", CALLING("index .M 1", "index", "value has type int; should be string") },
	{ "{{index .L \"a\"}}", CALLING("index .L \"a\"", "index", "cannot index slice/array with type string") },
	{ "{{index .L 1}} {{index .M \"L\" 0}} {{index .S 0}}", "b 1 97" },
	{ "{{index .L 2}}", CALLING("index .L 2", "index", "reflect: slice index out of range") },
	{ "{{index .L 3}}", CALLING("index .L 3", "index", "index out of range: 3") },
	{ "{{index .S 3}}", CALLING("index .S 3", "index", "reflect: string index out of range") },
	{ "{{index .N 0}}", CALLING("index .N 0", "index", "can't index item of type float64") },
	{ "{{slice .No 1}}", CALLING("slice .No 1", "slice", "slice of untyped nil") },
	{ "{{slice .Null}}", CALLING("slice .Null", "slice", "slice of untyped nil") },
	{ "{{slice .S 1 2 3}}", CALLING("slice .S 1 2 3", "slice", "cannot 3-index slice a string") },
	{ "{{slice .L 0 1 2 3}}", CALLING("slice .L 0 1 2 3", "slice", "too many slice indexes: 4") },
	{ "{{slice .L 2 1}}", CALLING("slice .L 2 1", "slice", "invalid slice index: 2 > 1") },
	{ "{{slice .L 0 2 1}}", CALLING("slice .L 0 2 1", "slice", "invalid slice index: 2 > 1") },
	{ "{{slice .L 0 1 2}} {{slice .S 1}} {{slice .S 3}}", "[a] bc " },
	{ "{{len .No}}", CALLING("len .No", "len", "reflect: call of reflect.Value.Type on zero Value") },
	{ "{{len .Null}}", CALLING("len .Null", "len", "len of nil pointer") },
	{ "{{with .M.No.Deeper}}x{{else}}none{{end}}{{range .M.No.Deeper}}x{{else}} empty{{end}}", "none empty" },
};

static void test_nil(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *got = run(cases[i].text);

		if (!str_eq(got, cases[i].out))
			fail_msg("%s:\n got  %s\n want %s", cases[i].text, got, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
