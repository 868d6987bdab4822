/* SPDX-License-Identifier: Apache-2.0 */
/* Expected texts are those of Go's text/template with the data as map[string]interface{} (or a struct where typed). */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gotext/gotext.h"

static const char data[] =
	"{\"Name\":\"dev\",\"Empty\":\"\",\"Null\":null,\"N\":3,\"Big\":1000000,\"F\":0.5,\"T\":true,"
	"\"L\":[\"a\",\"b\",\"c\"],\"M\":{\"z\":1,\"a\":\"<x>\"},\"D\":{\"$duration\":8500000}}";

struct result {
	char *out;
	char *err;
};

static struct result run(const char *text, const char *type_name)
{
	const struct gotext_rules rules = { type_name, type_name == NULL };
	auto_json *tree = NULL;
	struct str out = STR_INIT;
	struct gotext_template *t = NULL;
	struct err *e = json_parse(data, strlen(data), "data", &tree);
	struct result r = { NULL, NULL };

	assert_null(e);
	e = gotext_parse(text, &t);
	if (!e)
		e = gotext_run(t, tree, &rules, &out);
	gotext_free(t);
	r.out = str_detach(&out);
	r.err = e ? err_text(e) : NULL;
	err_free(e);
	return r;
}

static const struct {
	const char *text, *out;
} good[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "{{.Name}}", "dev" },
	{ "{{ .Name -}} x {{- .N }}", "devx3" },
	{ "{{/* nothing */}}x", "x" },
	{ "{{.Missing}} {{.Missing.More}} {{.Null}}", "<no value> <no value> <no value>" },
	{ "{{.L}} {{.M}} {{.Big}} {{.F}} {{.T}}", "[a b c] map[a:<x> z:1] 1e+06 0.5 true" },
	{ "{{.D}} {{printf \"%d\" .D}}", "8.5ms 8500000" },
	{ "{{index .L 1}} {{index .M \"z\"}} {{len .L}} {{len .Name}}", "b 1 3 3" },
	{ "{{json .M}}", "{\"a\":\"\\u003cx\\u003e\",\"z\":1}" },
	{ "{{prettyjson .L}}", "[\n    \"a\",\n    \"b\",\n    \"c\"\n]" },
	{ "{{.M.a | html}} {{\"a b&c\" | urlquery}} {{js \"it's\"}}", "&lt;x&gt; a+b%26c it\\'s" },
	{ "{{if .Empty}}a{{else if .T}}b{{else}}c{{end}}", "b" },
	{ "{{with .M}}{{.a}}{{end}}{{with .Null}}x{{else}}none{{end}}", "<x>none" },
	{ "{{range .L}}{{.}},{{end}}", "a,b,c," },
	{ "{{range $i, $e := .L}}{{$i}}={{$e}} {{end}}", "0=a 1=b 2=c " },
	{ "{{range $k, $v := .M}}{{$k}}:{{$v}};{{end}}", "a:<x>;z:1;" },
	{ "{{range .Null}}x{{else}}empty{{end}}", "empty" },
	{ "{{range .L}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a" },
	{ "{{range .L}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac" },
	{ "{{$x := .Name}}{{$x}}{{$x = \"y\"}}{{$x}} {{$.N}}", "devy 3" },
	{ "{{eq .Name \"x\" \"dev\"}} {{ne 1 2}} {{lt 1 2}} {{ge .F 0.5}}", "true true true true" },
	{ "{{and .T .Name}} {{or .Empty \"d\"}} {{not .Empty}}", "dev d true" },
	{ "{{printf \"%s|%5s|%-5s|%q|%v|%t\" .Name .Name .Name .Name .L .T}}", "dev|  dev|dev  |\"dev\"|[a b c]|true" },
	{ "{{printf \"%q|%6s|%d\" .L .L .L}}",
	  "[\"a\" \"b\" \"c\"]|[     a      b      c]|[%!d(string=a) %!d(string=b) %!d(string=c)]" },
	{ "{{printf \"%q|% x\" 65 \"hi\"}}", "'A'|68 69" },
	{ "{{html .Missing}} {{urlquery .Missing}} {{eq \"a\" \"a\" 1}} {{json 1000000.0}}",
	  "&lt;no value&gt; %3Cno+value%3E true 1000000" },
	{ "{{printf \"%05d|%x|%X|%.2f|%%|%c\" 42 255 \"hi\" .F 65}}", "00042|ff|6869|0.50|%|A" },
	{ "{{printf \"%d\" .N}} {{printf \"%s\"}} {{printf \"a\" 1}}", "%!d(float64=3) %!s(MISSING) a%!(EXTRA int=1)" },
	{ "{{print 1 2 \"a\" \"b\"}} {{println .Name 1}}", "1 2ab dev 1\n" },
	{ "{{(index .L 0) | printf \"%s!\"}} {{slice .Name 1 2}}", "a! e" },
	{ "{{`raw\\n`}} {{\"q\\t\"}} {{'a'}} {{true}} {{1.5}} {{0x10}}", "raw\\n q\t 97 true 1.5 16" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct result r = run(good[i].text, NULL);
		if (r.err)
			fail_msg("%s: %s", good[i].text, r.err);
		assert_string_equal(r.out, good[i].out);
		mem_freep(&r.out);
	}
}

static const struct {
	const char *text, *err;
} bad[] = {
	{ "{{.Name", "template: :1: unclosed action" },
	{ "{{", "template: :1: unclosed action" },
	{ "{{bad}}", "template: :1: function \"bad\" not defined" },
	{ "{{if .T}}x", "template: :1: unexpected EOF" },
	{ "{{end}}", "template: :1: unexpected {{end}}" },
	{ "{{}}", "template: :1: missing value for command" },
	{ "{{$y}}", "template: :1: undefined variable \"$y\"" },
	{ "{{.Name.X}}", "template: :1:7: executing \"\" at <.Name.X>: can't evaluate field X in type interface {}" },
	{ "{{index .L 9}}",
	  "template: :1:2: executing \"\" at <index .L 9>: error calling index: index out of range: 9" },
	{ "{{$x = 4}}", "template: :1:2: executing \"\" at <$x = 4>: undefined variable: $x" },
	{ "{{range $i = .L}}{{end}}", "template: :1:8: executing \"\" at <$i = .L>: undefined variable: $i" },
	{ "{{len .N}}", "template: :1:2: executing \"\" at <len .N>: error calling len: len of type float64" },
	{ "{{lt .N \"a\"}}",
	  "template: :1:2: executing \"\" at <lt .N \"a\">: error calling lt: incompatible types for comparison" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct result r = run(bad[i].text, NULL);
		if (!r.err)
			fail_msg("%s: no error", bad[i].text);
		assert_string_equal(r.err, bad[i].err);
		mem_freep(&r.out);
		mem_freep(&r.err);
	}
}

static void test_typed(void **state)
{
	struct result r = run("{{.Bogus}}", "commands.HostListItem");

	(void)state;
	assert_string_equal(r.err, "template: :1:2: executing \"\" at <.Bogus>: can't evaluate field Bogus in type "
				   "commands.HostListItem");
	mem_freep(&r.out);
	mem_freep(&r.err);
	r = run("{{json .M}}", "commands.HostListItem");
	assert_string_equal(r.err, "template: :1: function \"json\" not defined");
	mem_freep(&r.out);
	mem_freep(&r.err);
	r = run("{{.N}} {{printf \"%d\" .N}}", "commands.HostListItem");
	assert_null(r.err);
	assert_string_equal(r.out, "3 3");
	mem_freep(&r.out);
}

/* Work and output are bounded, whatever a template asks for. */
static void test_bounds(void **state)
{
	auto_str text = STR_INIT;
	struct result r;

	(void)state;
	for (int i = 0; i < 20; i++)
		str_add(&text, "{{range $.L}}");
	str_add(&text, "xxxxxxxxxxxxxxxx");
	for (int i = 0; i < 20; i++)
		str_add(&text, "{{end}}");
	r = run(text.buf, NULL);
	assert_non_null(r.err);
	assert_true(strlen(r.out) < 2 << 20);
	mem_freep(&r.out);
	mem_freep(&r.err);
	str_clear(&text);
	for (int i = 0; i < 5000; i++)
		str_add(&text, "{{(");
	r = run(text.buf, NULL);
	assert_non_null(r.err);
	mem_freep(&r.out);
	mem_freep(&r.err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
